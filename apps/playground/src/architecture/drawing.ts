import type { Architecture, Shortcut, Stage } from './architecture.ts';
import { type BlockGroup, foldBlocks } from './fold-blocks.ts';
import { bytes, counted, shape, short } from './quantities.ts';
import { SHORTCUT_WORDS } from './shortcut-words.ts';
import { svgElement as s } from './svg-element.ts';

/** A block as it is drawn: its element and what it stands for. */
export interface DrawnBlock {
  readonly element: SVGGElement;
  readonly group: BlockGroup;
  readonly stage: Stage;
}

export interface Drawing {
  readonly svg: SVGSVGElement;
  /** From top to bottom. */
  readonly blocks: readonly DrawnBlock[];
}

// In the drawing's own units: those of CSS at its full width, and never less than four fifths of it on a phone.
const WIDTH = 400;
const MARGIN = 16;
const BOX_WIDTH = 248;
const BOX_HEIGHT = 50;
/** Below a box whose shortcut comes back there, and below one without. */
const GAPS = { joined: 40, plain: 16 } as const;
const STAGE_HEAD = 62;
const CENTRE = MARGIN + BOX_WIDTH / 2;
const ARC_X = MARGIN + BOX_WIDTH + 18;
const MAX_LETTERS = 36;

/**
 * Draws a network from top to bottom: stages as grounds, blocks as boxes, shortcuts as lines past them.
 *
 * @param style CSS that goes into the drawing, so that it looks the same by itself.
 */
export function drawing(architecture: Architecture, style: string): Drawing {
  const blocks: DrawnBlock[] = [];
  const stages: SVGGElement[] = [];
  let y = 0;
  for (const stage of architecture.stages) {
    const groups = foldBlocks(stage.blocks);
    let height = STAGE_HEAD;
    const drawn = groups.map((group) => {
      const element = drawBlock(group, height);
      height += BOX_HEIGHT + (group.first.shortcut === 'none' ? GAPS.plain : GAPS.joined);
      return { group, stage, element };
    });
    blocks.push(...drawn);
    stages.push(
      s(
        'g',
        { transform: `translate(0 ${y})` },
        s('rect', { class: 'stage-ground', width: WIDTH, height, rx: 12 }),
        ...stageHead(stage),
        s('path', { class: 'flow', d: `M${CENTRE} ${STAGE_HEAD - 12}V${height}` }),
        ...drawn.map(({ element }) => element),
      ),
    );
    y += height + 8;
  }
  const title = `${architecture.name}: ${short(architecture.params)} parameters, ${short(architecture.macs)} multiply-accumulates`;
  const svg = s(
    'svg',
    { class: 'drawing', viewBox: `0 0 ${WIDTH} ${y}`, width: WIDTH, height: y, role: 'group', 'aria-label': `Drawing of ${title}` },
    s('style', {}, style),
    ...stages,
  );
  return { svg, blocks };
}

const stageHead = (stage: Stage): SVGElement[] => [
  s('text', { class: 'strong', x: MARGIN, y: 24 }, stage.name),
  s('text', { x: WIDTH - MARGIN, y: 24, 'text-anchor': 'end' }, shape(stage.outputShape)),
  s(
    'text',
    { class: 'quiet', x: MARGIN, y: 42 },
    `${short(stage.params)} parameters · ${short(stage.macs)} MACs · ${bytes(stage.activationBytes)}`,
  ),
];

function drawBlock(group: BlockGroup, y: number): SVGGElement {
  const { first, count } = group;
  const { shortcut } = first;
  const [title, detail] = wordsOf(group);
  const behind = count > 1 ? [8, 4].map((shift) => box(y + shift, shift)) : [];
  return s(
    'g',
    { class: `block ${shortcut}`, 'data-block': first.name, 'data-count': count, 'data-shortcut': shortcut },
    s('title', {}, describeBlock(group)),
    ...(shortcut === 'none' ? [] : drawShortcut(shortcut, y, count)),
    ...behind,
    box(y, 0),
    s('text', { class: 'strong', x: MARGIN + 12, y: y + (detail ? 21 : 30) }, shorten(title, 30)),
    ...(count > 1 ? [s('text', { class: 'strong', x: MARGIN + BOX_WIDTH - 12, y: y + 21, 'text-anchor': 'end' }, `×${count}`)] : []),
    ...(detail ? [s('text', { class: 'quiet', x: MARGIN + 12, y: y + 39 }, shorten(detail, MAX_LETTERS))] : []),
  );
}

const box = (y: number, shift: number): SVGElement =>
  s('rect', { class: 'box', x: MARGIN + shift, y, width: BOX_WIDTH, height: BOX_HEIGHT, rx: 8 });

const SIGNS: Readonly<Record<Exclude<Shortcut, 'none'>, string>> = {
  identity: '+',
  padded: '+',
  projection: '+',
  gate: 'T',
  concatenation: '‖',
};

/** From the line above the box, past it, to where both ways meet below it. */
function drawShortcut(shortcut: Exclude<Shortcut, 'none'>, y: number, count: number): SVGElement[] {
  const [from, to, x] = [y - 10, y + BOX_HEIGHT + 18, ARC_X + (count > 1 ? 6 : 0)];
  const labels = SHORTCUT_WORDS[shortcut].label.split(' ');
  const middle = y + BOX_HEIGHT / 2 + 4 - (labels.length - 1) * 7;
  return [
    s('path', {
      class: 'arc',
      d: `M${CENTRE} ${from}H${x - 10}q10 0 10 10V${to - 10}q0 10 -10 10H${CENTRE + 9}`,
    }),
    s('circle', { class: 'join', cx: CENTRE, cy: to, r: 9 }),
    s('text', { class: 'join-sign strong', x: CENTRE, y: to + 4, 'text-anchor': 'middle' }, SIGNS[shortcut]),
    ...labels.map((word, i) => s('text', { class: 'arc-label', x: x + 8, y: middle + i * 14 }, word)),
  ];
}

/** What a box says: its kind, and its layers with weights as the papers write them. */
function wordsOf({ first }: BlockGroup): [title: string, detail: string] {
  const weighted = first.parts.filter(({ kind, onShortcut }) => !onShortcut && /^(conv|linear)/.test(kind));
  const detail = weighted
    .map(({ kind, outputShape }) => [kind.replace(/^(conv|linear) ?/, '').replace('x', '×'), outputShape.at(-1)].filter(Boolean).join(', '))
    .join(' · ');
  if (!first.kind.includes(', ')) return [first.kind, detail];
  const [title = '', ...rest] = first.kind.split(', ');
  return [title, rest.join(', ')];
}

const shorten = (text: string, letters: number): string => (text.length > letters ? `${text.slice(0, letters - 1)}…` : text);

/** A block in one sentence, for those who hear it. */
function describeBlock({ first, last, count, params, macs, activationBytes }: BlockGroup): string {
  const name =
    count > 1 ? `${first.name} to ${last.name}, ${count} times ${first.kind}` : `${first.name ? `${first.name}, ` : ''}${first.kind}`;
  const shortcut = first.shortcut === 'none' ? '' : `, ${SHORTCUT_WORDS[first.shortcut].label} shortcut`;
  return `${name}${shortcut}, gives ${shape(last.outputShape)}, ${counted(params, 'parameter')}, ${short(macs)} multiply-accumulates, ${bytes(activationBytes)}`;
}
