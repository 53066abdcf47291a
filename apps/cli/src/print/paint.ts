import pc from 'picocolors';
import { type Screen, showsColour, type Terminal } from '../terminal.ts';

/** Functions that put colour codes around text, or leave it as it is where no colours are shown. */
export type Paint = ReturnType<typeof pc.createColors>;

export const paintFor = (screen: Screen, { env }: Pick<Terminal, 'env'>): Paint => pc.createColors(showsColour(screen, env));
