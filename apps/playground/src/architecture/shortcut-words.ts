import type { Shortcut } from './architecture.ts';

/** What shortcuts are called in the drawing, and what they compute. */
export const SHORTCUT_WORDS: Readonly<Record<Shortcut, { readonly label: string; readonly formula: string }>> = {
  identity: { label: 'identity', formula: 'F(x) + x: the input is added as it is' },
  padded: { label: 'zero padding', formula: 'F(x) + x: the input is subsampled and padded with zero channels, then added' },
  projection: { label: 'projection', formula: 'F(x) + W·x: the input is added through a convolution of its own' },
  gate: { label: 'highway gate', formula: 'T·F(x) + (1 − T)·x: a learned gate T weighs the layer against its input' },
  concatenation: { label: 'concatenation', formula: '[x, F(x)]: the new channels are set beside all before them' },
  none: { label: 'no shortcut', formula: 'F(x): what comes in gets on only through these layers' },
};
