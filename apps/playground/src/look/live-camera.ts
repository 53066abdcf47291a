import { type Camera, openCamera } from '../camera.ts';
import { element } from '../element.ts';

export interface LiveCamera {
  /** Turns the camera on and off. */
  readonly button: HTMLElement;
  isOn(): boolean;
  /** Waits no longer for the picture that is being looked at, which nobody may ever do; goes on with the next. */
  goOn(): void;
  close(): void;
}

export interface LiveCameraOptions {
  /** Takes a picture, which is closed by whoever takes it; the next comes when this is done with. */
  readonly onFrame: (frame: ImageBitmap) => Promise<unknown>;
  /** The camera is off; told once for each time that it was on. */
  readonly onClosed: () => void;
  readonly onFailed: (why: string) => void;
}

/** What the camera sees, picture by picture, as fast as they are looked at. */
export function liveCamera({ onFrame, onClosed, onFailed }: LiveCameraOptions): LiveCamera {
  const button = element('button', { type: 'button', 'aria-pressed': false }, 'Use the camera');
  let opening: Promise<Camera> | undefined;
  let turn = 0;

  const show = () => {
    button.setAttribute('aria-pressed', String(opening !== undefined));
    button.textContent = opening ? 'Close the camera' : 'Use the camera';
  };
  const close = () => {
    if (!opening) return;
    turn++;
    opening.then(
      (camera) => camera.stop(),
      () => {}, // said where it was opened
    );
    opening = undefined;
    show();
    onClosed();
  };
  const follow = async () => {
    const mine = ++turn;
    try {
      const camera = await opening;
      while (camera && mine === turn) {
        const frame = await createImageBitmap(camera.video);
        if (mine !== turn) return frame.close();
        await onFrame(frame);
        await new Promise(requestAnimationFrame);
      }
    } catch (error) {
      if (mine !== turn) return;
      close();
      onFailed((error as Error).message);
    }
  };
  button.addEventListener('click', () => {
    if (opening) return close();
    opening = openCamera();
    show();
    follow();
  });
  return {
    button,
    isOn: () => opening !== undefined,
    goOn() {
      if (opening) follow();
    },
    close,
  };
}
