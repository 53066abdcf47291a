export { type Colour, type ColourMap, diverging, sequential } from './picture/colour-map.ts';
export { brightest, colourMapOf, isSigned, overlay, type Picture } from './picture/overlay.ts';
