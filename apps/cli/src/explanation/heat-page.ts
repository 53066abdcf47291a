import type { RgbImage } from '@resnetjs/data';
import type { Explanation } from '@resnetjs/explain';
import { cssGradient, endsOf, overlay } from '@resnetjs/explain/picture';
import { describe } from './heat-picture.ts';

/** Photos are shown no larger than this, at their longer side. */
const SIDE = 420;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A page of many photos with their heat maps, written piece by piece: one file, to be opened offline. */
export const heatPage = {
  begin: (title: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 0; background: light-dark(#f6f6f4, #0f1113); color: light-dark(#222, #ddd) }
main { max-width: 1120px; margin: 0 auto; padding: 24px } h1 { font-size: 26px }
figure { margin: 0 0 32px } .pair { display: flex; flex-wrap: wrap; gap: 12px }
img { border-radius: 6px; max-width: 100%; min-width: min(240px, 100%); object-fit: contain }
figcaption { font-weight: 600 } small { font-weight: 400; opacity: .7 }
.legend { display: flex; gap: 8px; align-items: center; font-size: 12px; margin-top: 6px } .legend i { width: 160px; height: 10px; border-radius: 2px }
</style></head>
<body><main><h1>${escaped(title)}</h1>
`,

  async photo(name: string, photo: RgbImage, explanations: readonly Explanation[]): Promise<string> {
    const figures: string[] = [];
    for (const [i, explanation] of explanations.entries()) {
      const [low, high] = endsOf(explanation);
      const pictures = [await pictureUrl(photo), await pictureUrl(overlay(photo, explanation))];
      figures.push(`<figure><figcaption>${escaped(describe(explanation))}${i === 0 ? ` <small>${escaped(name)}</small>` : ''}</figcaption>
<div class="pair"><img src="${pictures[0]}" alt="the photo"><img src="${pictures[1]}" alt="heat map of ${escaped(explanation.label)}"></div>
<div class="legend">${escaped(low)} <i style="background:${cssGradient(explanation.method)}"></i> ${escaped(high)}</div></figure>
`);
    }
    return figures.join('');
  },

  end: '</main></body></html>\n',
};

async function pictureUrl({
  data,
  width,
  height,
}: {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}): Promise<string> {
  const { default: sharp } = await import('sharp');
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  const jpeg = await image.resize({ width: SIDE, height: SIDE, fit: 'inside', withoutEnlargement: true }).jpeg({ quality: 88 }).toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}
