import type { KeyRule } from './key-map.ts';

interface KnownKeyMap {
  /** What the names are from. */
  readonly source: string;
  /** Whether these names need this map. */
  readonly matches: (names: ReadonlySet<string>) => boolean;
  readonly rules: readonly KeyRule[];
}

/** Names of published checkpoints that differ from those of torchvision and timm. */
export const KNOWN_KEY_MAPS = {
  /** CIFAR ResNets: `linear` is `fc`; their option B keeps its projection in `shortcut`. */
  akamaster: {
    source: 'https://github.com/akamaster/pytorch_resnet_cifar10',
    matches: (names) => names.has('linear.weight') && names.has('layer1.0.conv1.weight'),
    rules: [
      [/^linear\./, 'fc.'],
      [/\.shortcut\./, '.downsample.'],
    ],
  },
  /** CIFAR ResNets with projections (shortcut option B) and ImageNet's mean and std: `stage_1.0.conv_1` is `layer1.0.conv1`. */
  ehanw: {
    source: 'https://github.com/EhanW',
    matches: (names) => names.has('conv_1.weight') && names.has('stage_1.0.conv_1.weight'),
    rules: [
      [/^stage_(\d+)\./, 'layer$1.'],
      [/(^|\.)(conv|bn)_(\d+)\./, '$1$2$3.'],
    ],
  },
  /** DenseNets published before PyTorch 0.4: `denselayer1.norm.1` is `denselayer1.norm1`. torchvision renames them alike. */
  densenetDotted: {
    source: 'https://github.com/pytorch/vision/blob/v0.14.0/torchvision/models/densenet.py (_load_state_dict)',
    matches: (names) => [...names].some((name) => DOTTED.test(name)),
    rules: [[/(denselayer\d+\.(?:norm|relu|conv))\.([12])\./, '$1$2.']],
  },
} as const satisfies Record<string, KnownKeyMap>;

export type KnownKeyMapName = keyof typeof KNOWN_KEY_MAPS;

const DOTTED = /denselayer\d+\.(norm|conv)\.[12]\.weight$/;

/** The known map whose names these are, or `undefined`: most checkpoints need none. */
export function detectKeyMap(names: Iterable<string>): KnownKeyMapName | undefined {
  const set = new Set(names);
  return (Object.keys(KNOWN_KEY_MAPS) as KnownKeyMapName[]).find((name) => KNOWN_KEY_MAPS[name].matches(set));
}
