// Text that is drawn on pictures.

export const FONT_SIZE = 14;
/** Of a character of the usual sans-serif fonts, on average. */
const CHARACTER_WIDTH = 0.58 * FONT_SIZE;

/** Whether text can be drawn here: without any font, letters come out as nothing, or as boxes that are all alike. */
export async function hasFonts(): Promise<boolean> {
  const { default: sharp } = await import('sharp');
  const drawn = (text: string) =>
    sharp(
      Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><text x="4" y="26" font-size="24">${text}</text></svg>`),
    )
      .raw()
      .toBuffer();
  const [nothing, narrow, wide] = await Promise.all([drawn(' '), drawn('i'), drawn('W')]);
  return !narrow.equals(nothing) && !wide.equals(nothing) && !narrow.equals(wide);
}

/** Cuts a text that is likely wider than this many pixels. */
export function fitted(text: string, width: number): string {
  const characters = [...text];
  const room = Math.max(1, Math.floor(width / CHARACTER_WIDTH));
  return characters.length > room ? `${characters.slice(0, room - 1).join('')}…` : text;
}

/** As text within SVG, which has no control characters. */
export const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replace(/[\u0000-\u001f\ufffe\uffff]/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
