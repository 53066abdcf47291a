import pc from 'picocolors';
import { type Screen, showsColour, type Terminal } from 'resnetjs';

/** Tells the tour: titles, paragraphs, commands to type. */
export interface Narrator {
  title(text: string, tagline: string): void;
  /** Opens a numbered part. */
  part(heading: string): void;
  say(...paragraphs: readonly string[]): void;
  /** A command line as the user would type it, before what it prints. */
  command(line: string): void;
  /** Lines of characters that make a picture. */
  picture(lines: string): void;
  /** Commands to try, each with what it does. */
  list(items: readonly (readonly [line: string, what: string])[]): void;
}

const MAX_WIDTH = 88;

/** @param stdout is written to; `env` decides on colours. */
export function narrator({ stdout, env }: Pick<Terminal, 'stdout' | 'env'>): Narrator {
  const paint = pc.createColors(showsColour(stdout, env));
  const width = Math.min(MAX_WIDTH, (stdout as Screen).columns ?? MAX_WIDTH);
  // Everything that is told starts after an empty line.
  const write = (text: string) => stdout.write(`\n${text}\n`);
  let parts = 0;
  return {
    title: (text, tagline) => write(`${paint.bold(paint.green(text))}  ${paint.dim(tagline)}`),
    part: (heading) => write(`${paint.green(`${++parts}`)}  ${paint.bold(heading)}`),
    say: (...paragraphs) => write(paragraphs.map((text) => wrapped(text, width)).join('\n\n')),
    command: (line) => write(`${paint.dim('$')} ${paint.cyan(line)}`),
    picture: (lines) => write(lines.replaceAll(/^/gm, '  ')),
    list: (items) => {
      const longest = Math.max(...items.map(([line]) => line.length));
      write(items.map(([line, what]) => `  ${paint.cyan(line.padEnd(longest))}  ${paint.dim(what)}`).join('\n'));
    },
  };
}

/** Breaks text into lines of at most `width` characters. */
export function wrapped(text: string, width: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
