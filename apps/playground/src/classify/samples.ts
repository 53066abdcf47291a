import chelsea from '#photos/chelsea.png?url';
import rocket from '#photos/rocket.jpg?url';
import type { Sample } from './photo-input.ts';

/** The photos that come with the page. */
export const samples: readonly Sample[] = [
  { title: 'Try a cat', load: () => loadSample(chelsea, 'chelsea.png') },
  { title: 'Try a rocket', load: () => loadSample(rocket, 'rocket.jpg') },
];

async function loadSample(url: string, name: string): Promise<File> {
  const response = await fetch(url);
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type });
}
