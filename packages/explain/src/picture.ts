export { type Colour, type ColourMap, diverging, sequential } from './picture/colour-map.ts';
export { colourMapOf, colourRange, isSigned, overlay, type Picture } from './picture/overlay.ts';
