/** A colour, red, green and blue from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Colours for numbers: from 0 to 1, or from -1 to 1 where they have a sign. */
export type ColourMap = (value: number) => Colour;

/** Oklab: equal steps look equal. @see Ottosson 2020, https://bottosson.github.io/posts/oklab */
function oklab(lightness: number, chroma: number, hueDegrees: number): Colour {
  const hue = (hueDegrees * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    byte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** A linear share of light as a byte of sRGB. */
function byte(light: number): number {
  const clamped = Math.min(1, Math.max(0, light));
  return Math.round(255 * (clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * clamped ** (1 / 2.4) - 0.055));
}

const STEPS = 256;
const table = (of: (value: number) => Colour): readonly Colour[] => Array.from({ length: STEPS }, (_, i) => of(i / (STEPS - 1)));
const place = (share: number): number => Math.round((STEPS - 1) * Math.min(1, Math.max(0, share)));

const rising = table((v) => oklab(0.16 + 0.78 * v, 0.05 + 0.13 * Math.sin(Math.PI * Math.min(1, 0.15 + 0.75 * v)), 290 + 175 * v));
const blues = table((v) => oklab(0.93 - 0.48 * v, 0.17 * v, 255));
const oranges = table((v) => oklab(0.93 - 0.33 * v, 0.19 * v, 48));

/** Dark violet over red to light yellow: lightness rises evenly, so that it is read without colours, too. */
export const sequential: ColourMap = (value) => rising[place(value)] as Colour;

/** Blue below 0, near white at it, orange above. */
export const diverging: ColourMap = (value) => (value < 0 ? blues[place(-value)] : oranges[place(value)]) as Colour;
