import { type Camera, openCamera } from '../camera.ts';
import { element } from '../element.ts';

export interface CameraInput {
  /** Turns the camera on and off. */
  readonly button: HTMLElement;
  /** What the camera sees, while it is on. */
  readonly root: HTMLElement;
  dispose(): void;
}

/** Takes photos with the camera: it stays on until it is closed, for the next one. */
export function cameraInput({ onPhoto, onFailed }: { onPhoto: (file: File) => void; onFailed: (why: string) => void }): CameraInput {
  const button = element('button', { type: 'button', 'aria-expanded': false }, 'Use the camera');
  const take = element('button', { type: 'button', className: 'primary' }, 'Take the photo');
  const root = element('div', { className: 'camera', hidden: true });
  let opening: Promise<Camera> | undefined;

  const close = () => {
    opening?.then(
      (camera) => camera.stop(),
      () => {}, // said where it was opened
    );
    opening = undefined;
    root.hidden = true;
    root.replaceChildren();
    button.textContent = 'Use the camera';
    button.setAttribute('aria-expanded', 'false');
  };
  const open = async () => {
    const mine = openCamera();
    opening = mine;
    try {
      const { video } = await mine;
      if (opening !== mine) return;
      video.setAttribute('aria-label', 'What the camera sees');
      root.replaceChildren(video, take);
      root.hidden = false;
      button.textContent = 'Close the camera';
      button.setAttribute('aria-expanded', 'true');
      take.focus();
    } catch (error) {
      if (opening !== mine) return;
      opening = undefined;
      onFailed((error as Error).message);
    }
  };
  button.addEventListener('click', () => (opening ? close() : open()));
  take.addEventListener('click', () =>
    opening?.then((camera) => camera.snap()).then(onPhoto, (error: unknown) => onFailed((error as Error).message)),
  );
  return { button, root, dispose: close };
}
