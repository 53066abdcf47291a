import { basename, extname } from 'node:path';
import { type Explanation, explain as explainImage, METHODS, type Method, type Target } from '@resnetjs/explain';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { expandImages } from '../expand-images.ts';
import { heatPage } from '../explanation/heat-page.ts';
import { describe, heatPicture } from '../explanation/heat-picture.ts';
import { IncompleteError } from '../incomplete-error.ts';
import { type LeftOutImage, listOf, reasonOf } from '../left-out.ts';
import { loadNetwork, type NetworkOptions } from '../network/load-network.ts';
import { networkOptions } from '../network/options.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { startProgress } from '../print/progress.ts';
import { count, counted } from '../print/quantities.ts';
import { readImage, STANDARD_INPUT } from '../read-image.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { type GrowingFile, growingFile, writeWholeFile } from '../write-whole-file.ts';

export interface ExplainOptions extends NetworkOptions {
  readonly method?: Method;
  /** Classes by name or number; by default what each photo is taken for. */
  readonly target?: readonly string[];
  readonly layer?: string;
  /** A .png for one photo and one class, a .html for any number. */
  readonly out?: string;
  readonly json?: boolean;
}

/** `resnet explain IMAGE…` */
export const explainCommand = (terminal: Terminal): Command =>
  withExamples(
    networkOptions(
      new Command('explain').argument('<image...>', 'files, folders with all that is in them, patterns, URLs, or - for standard input'),
    )
      .summary('show where a network looks in photos')
      .description('Show where a network looks: a heat map over each photo of what speaks for a class.')
      .addOption(new Option('--method <name>', 'how it is found out').choices(METHODS).default('grad-cam'))
      .option('-t, --target <class>', 'a class by name or number; again for several (default: what it is taken for)', collect)
      .option('-l, --layer <name>', 'which layer is looked at, as `resnet summary` names them (default: the last with space)')
      .option('-o, --out <file>', 'a .png for one photo, a .html for many (default: named for the photo, or heat-maps.html)', pictureFile)
      .option('--json', 'print classes, scores and the hottest places as JSON for programs; writes a picture only with --out')
      .action((images: readonly string[], options: ExplainOptions) => explain(images, options, terminal)),
    [
      ['resnet explain cat.jpg', 'into cat.heat.png: the photo, and where it is a cat'],
      ['resnet explain cat.jpg --target dog', 'what there is of a dog in it'],
      ['resnet explain cat.jpg --layer layer2 --method layer-cam', 'finer, from an earlier layer'],
      ['resnet explain cat.jpg --method occlusion --out heat.png', 'by hiding parts of it: needs no gradient'],
      ['resnet explain photos --out report.html', 'all photos in a folder, in one page'],
      ['resnet explain cat.jpg --weights resnet50', "with ImageNet's classes"],
    ],
  );

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const ENDINGS = ['.png', '.html'];

function pictureFile(path: string): string {
  if (ENDINGS.includes(extname(path).toLowerCase())) return path;
  throw new InvalidArgumentError(`Expected a file that ends in ${ENDINGS.join(' or ')}.`);
}

/** A number is a class's place, all else its name. */
const asTarget = (text: string): Target => (/^\d+$/.test(text) ? Number(text) : text);

/**
 * Finds where the network looks in each photo, and draws it.
 *
 * @throws IncompleteError naming photos that could not be read, after the rest was drawn.
 */
export async function explain(args: readonly string[], options: ExplainOptions, terminal: Terminal): Promise<void> {
  const { method = 'grad-cam', target, layer, json = false } = options;
  if (args.filter((arg) => arg === STANDARD_INPUT).length > 1) throw new UsageError('Standard input is one image: give - once.');
  const images = await expandImages(args);
  const pictures = images.length * (target?.length ?? 1);
  const out = options.out ?? (json ? undefined : defaultFile(images, pictures));
  if (pictures > 1 && out?.toLowerCase().endsWith('.png'))
    throw new UsageError(`${out} holds one picture, but ${counted(pictures, 'is', 'are')} asked for. Give --out a .html.`);
  const network = await loadNetwork(options, terminal);
  let page: GrowingFile | undefined;
  const progress = startProgress(terminal, 'Explaining', images.length);
  try {
    if (!json) writeNotes(terminal, network.notes);
    if (out?.toLowerCase().endsWith('.html')) {
      page = await growingFile(out);
      await page.append(heatPage.begin(`Where ${network.name} looks`));
    }
    const failures: LeftOutImage[] = [];
    const results: object[] = [];
    const lines: string[] = [];
    for (const [i, name] of images.entries()) {
      const photo = await readImage(name, terminal).catch((error: Error) => {
        if (images.length === 1) throw error;
        failures.push({ image: name, error: reasonOf(name, error) });
      });
      if (!photo) continue;
      const how = { method, ...(layer !== undefined && { layer }) };
      const explanations: readonly Explanation[] = target
        ? await explainImage(network.inside, photo, { ...how, target: target.map(asTarget) })
        : [await explainImage(network.inside, photo, how)];
      for (const explanation of explanations) {
        results.push({ image: name, ...asJson(explanation) });
        lines.push(`${name}: ${describe(explanation)}`);
      }
      if (page) await page.append(await heatPage.photo(name, photo, explanations));
      else if (out !== undefined) {
        const { png, isLabelled } = await heatPicture(photo, explanations[0] as Explanation);
        await writeWholeFile(out, png);
        if (!isLabelled && !json) writeNotes(terminal, ['There is no font on this machine, so the picture has no words on it.']);
      }
      progress.update(i + 1);
    }
    progress.stop();
    if (failures.length === images.length)
      throw new CommandError(`None of ${count(images.length)} images could be read:\n${listOf(failures)}`);
    if (page) {
      await page.append(heatPage.end);
      await page.finish();
    }
    if (json) writeJson(terminal, results);
    else terminal.stdout.write(`${lines.join('\n')}\n${paintFor(terminal.stdout, terminal).cyan(out ?? '')}\n`);
    if (failures.length > 0)
      throw new IncompleteError(`${failures.length} of ${count(images.length)} images could not be read:\n${listOf(failures)}`);
  } finally {
    progress.stop();
    await page?.discard();
    network.dispose();
  }
}

function defaultFile(images: readonly string[], pictures: number): string {
  if (pictures > 1) return 'heat-maps.html';
  const [image = ''] = images;
  if (image === STANDARD_INPUT) return 'heat.png';
  const name = basename(image.replace(/[?#].*/, ''));
  return `${name.slice(0, name.length - extname(name).length) || 'photo'}.heat.png`;
}

/** Without the map itself: where it is hottest, and the part of the photo that was seen. */
function asJson({ map, width, height, view, method, layer, target, label, score, probability, completeness }: Explanation): object {
  let best = 0;
  for (let i = 1; i < map.length; i++) if ((map[i] as number) > (map[best] as number)) best = i;
  const hottest = { x: best % width, y: Math.floor(best / width) };
  return { method, layer, target, label, score, probability, width, height, view, hottest, completeness };
}
