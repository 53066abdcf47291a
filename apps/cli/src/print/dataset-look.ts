import type { DatasetWarning } from '@resnetjs/data';
import type { DatasetLook, Spread } from '../dataset/look-through.ts';
import type { Terminal } from '../terminal.ts';
import { bar } from './bar.ts';
import { type Paint, paintFor } from './paint.ts';
import { count, counted, percent } from './quantities.ts';
import { table } from './table.ts';

const BAR = 24;
/** Sizes that are named. */
const MOST_FREQUENT = 4;
/** Broken files that are named; there is --json for all. */
const MAX_BROKEN = 20;

/** What was found in a folder of images. */
export interface LookedAt {
  readonly look: DatasetLook;
  readonly warnings: readonly DatasetWarning[];
}

/** Prints what is in a folder of images as tables, and what is likely wrong with it. */
export function printLook(folder: string, { look, warnings }: LookedAt, terminal: Terminal): void {
  const paint = paintFor(terminal.stdout, terminal);
  const broken = look.parts.flatMap((part) => part.broken);
  const head = `${paint.cyan(folder)}: ${counted(look.images, 'image')} of ${counted(look.classes.length, 'class', 'classes')}`;
  const sections = [
    `${head}${broken.length > 0 ? `, ${paint.red(`${count(broken.length)} broken`)}` : ''}\n`,
    classTable(look, paint),
    ...(look.width && look.height ? [sizeTable(look, { width: look.width, height: look.height }, paint), colourTable(look, paint)] : []),
    ...(broken.length > 0 ? [brokenTable(broken, paint)] : []),
    ...(warnings.length > 0 ? [warnings.map(({ message }) => `${paint.yellow('warning:')} ${message}\n`).join('')] : []),
  ];
  terminal.stdout.write(sections.join('\n'));
}

function classTable({ classes, parts, images }: DatasetLook, paint: Paint): string {
  const most = Math.max(1, ...classes.map((one) => one.images));
  const isDivided = parts.length > 1;
  const columns = [
    { title: 'class' },
    ...(isDivided ? parts.map(({ name }) => ({ title: name, align: 'right' as const })) : []),
    { title: isDivided ? 'all' : 'images', align: 'right' as const },
    { title: 'share', align: 'right' as const },
    { title: '' },
  ];
  const rows = classes.map((one) => [
    one.name,
    ...(isDivided ? one.inParts.map(count) : []),
    count(one.images),
    images === 0 ? '–' : percent(one.images / images, 1),
    paint.green(bar(one.images / most, BAR)),
  ]);
  const footer = ['all', ...(isDivided ? parts.map((part) => count(part.images)) : []), count(images), '', ''];
  return table(columns, rows, { paint, footer });
}

function sizeTable({ sizes }: DatasetLook, sides: { readonly width: Spread; readonly height: Spread }, paint: Paint): string {
  const columns = [{ title: 'pixels' }, ...['least', 'median', 'greatest'].map((title) => ({ title, align: 'right' as const }))];
  const rows = Object.entries(sides).map(([side, { min, median, max }]) => [side, count(min), count(median), count(max)]);
  const named = sizes.slice(0, MOST_FREQUENT).map(({ size, images }) => `${size} (${count(images)})`);
  const more = sizes.length - named.length;
  return `${table(columns, rows, { paint })}${paint.dim(`${named.join(', ')}${more > 0 ? ` and ${counted(more, 'other size')}` : ''}`)}\n`;
}

function colourTable({ parts: [first, second], mean, std }: DatasetLook, paint: Paint): string {
  const columns = [
    { title: second ? `colours of ${first?.name}` : 'colours' },
    ...['red', 'green', 'blue'].map((title) => ({ title, align: 'right' as const })),
  ];
  const row = (name: string, values: readonly number[]) => [name, ...values.map((value) => (Number.isNaN(value) ? '–' : value.toFixed(4)))];
  return table(columns, [row('mean', mean), row('std', std)], { paint });
}

function brokenTable(broken: readonly { readonly path: string; readonly error: Error }[], paint: Paint): string {
  const rows = broken.slice(0, MAX_BROKEN).map(({ path, error }) => {
    const reason = error.message.startsWith(`${path}: `) ? error.message.slice(path.length + 2) : error.message;
    return [path, reason];
  });
  const more = broken.length - rows.length;
  const rest = more > 0 ? `${paint.dim(`and ${counted(more, 'other')}; --json names all`)}\n` : '';
  return `${table([{ title: 'broken file' }, { title: 'why' }], rows, { paint })}${rest}`;
}
