export { type Colour, type ColourMap, diverging, sequential } from './picture/colour-map.ts';
export { colourRange, type Drawn, type Heat, heat } from './picture/heat.ts';
export { colourMapOf, cssGradient, endsOf, isSigned } from './picture/legend.ts';
export { overlay, type Picture } from './picture/overlay.ts';
