/** The camera while it is on. */
export interface Camera {
  /** What it sees, playing. */
  readonly video: HTMLVideoElement;
  /** What it sees now, as a PNG. */
  snap(name?: string): Promise<File>;
  /** Turns it off: its light goes out. */
  stop(): void;
}

const REASONS: Readonly<Record<string, string>> = {
  NotAllowedError: 'This page may not use the camera. Allow it beside the address, then try again.',
  NotFoundError: 'There is no camera here. Choose a photo instead.',
  NotReadableError: 'The camera does not start: another program may be using it.',
};

/**
 * Turns the camera on, after the browser has asked whether it may: the one at the back where there are two.
 *
 * @returns the caller stops it.
 * @throws Error in words for the user.
 */
export async function openCamera(): Promise<Camera> {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error('The browser gives the camera only to pages from https.');
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
  } catch (cause) {
    const { name, message } = cause as Error;
    throw new Error(REASONS[name] ?? `The camera does not start: ${message}`, { cause });
  }
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  const video = document.createElement('video');
  Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
  try {
    await video.play();
  } catch (cause) {
    stop();
    throw new Error(`The camera does not start: ${(cause as Error).message}`, { cause });
  }
  return { video, stop, snap: (name = 'camera.png') => snapshot(video, name) };
}

async function snapshot(video: HTMLVideoElement, name: string): Promise<File> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The camera gave no picture. Try again.');
  return new File([blob], name, { type: blob.type });
}
