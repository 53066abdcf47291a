import classes from './imagenet-1k.json' with { type: 'json' };
import type { Labels } from './labels-for.ts';

export const IMAGENET: Required<Labels> = {
  names: classes.map(([, name]) => name as string),
  identifiers: classes.map(([identifier]) => identifier as string),
};
