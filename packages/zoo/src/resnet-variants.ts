import type { Variant } from './family.ts';
import type { ResNetConfig } from './resnet.ts';

// Tables only: what a variant is made of, and whose accuracy is quoted. A new variant is a new line.

type Variants = Readonly<Record<string, Variant<ResNetConfig>>>;

const basic = (...layers: [number, number, number, number]) => ({ block: 'basic', layers }) as const;
const deep = (...layers: [number, number, number, number]) => ({ block: 'bottleneck', layers }) as const;

const R18 = basic(2, 2, 2, 2);
const R34 = basic(3, 4, 6, 3);
const R26 = deep(2, 2, 2, 2);
const R50 = deep(3, 4, 6, 3);
const R101 = deep(3, 4, 23, 3);
const R152 = deep(3, 8, 36, 3);
const R200 = deep(3, 24, 36, 3);
const R269 = deep(3, 30, 48, 8);

/** ResNet-C, -D and timm's -S and -T of He et al. 2018: deep stems, and shortcuts that average. */
const C = { stem: 'deep' } as const;
const D = { stem: 'deep', shortcut: 'D' } as const;
const S = { stem: 'deep', stemWidth: 64 } as const;
const T = { stem: 'tiered', shortcut: 'D' } as const;

/** ResNeXt's cardinality and width of each group. */
const X32x4 = { groups: 32, groupWidth: 4 } as const;
const X32x8 = { groups: 32, groupWidth: 8 } as const;
const X64x4 = { groups: 64, groupWidth: 4 } as const;

const SE = { attention: 'se' } as const;
const ECA = { attention: 'eca' } as const;
const BLUR = { antiAlias: 'blur' } as const;
const AVERAGE = { antiAlias: 'average' } as const;

/** torchvision's first published weights. */
const torchvision = (config: ResNetConfig, top1: number) => ({
  config,
  accuracy: { top1, source: 'torchvision IMAGENET1K_V1, single crop of 224' },
});

/** timm's weights: top-1 as in its results-imagenet.csv, at the size that they were trained for. */
const timm = (config: ResNetConfig, [top1, weights, size = 224]: readonly [top1: number, weights: string, size?: number]) => ({
  config,
  inputSize: size,
  accuracy: { top1, source: `timm ${weights}, single crop of ${size}` },
});

const TABLE_2 = 'He et al. 2015, table 2, 10 crops of 224';

/** He et al. 2015, and their plain twins. */
export const resnets = {
  resnet18: torchvision(R18, 69.758),
  resnet34: torchvision(R34, 73.314),
  resnet50: torchvision(R50, 76.13),
  resnet101: torchvision(R101, 77.374),
  resnet152: torchvision(R152, 78.312),
  resnet200: { config: R200 },
  resnet26: timm(R26, [75.298, 'resnet26.bt_in1k']),
  plain18: { config: { ...R18, shortcut: 'none' }, accuracy: { top1: 72.06, source: TABLE_2 } },
  plain34: { config: { ...R34, shortcut: 'none' }, accuracy: { top1: 71.46, source: TABLE_2 } },
  // Wu & He 2018 normalize in groups of channels.
  resnet50_gn: timm({ ...R50, norm: 'group' }, [80.074, 'resnet50_gn.a1h_in1k']),
} as const satisfies Variants;

/** Zagoruyko & Komodakis 2016. */
export const wideImagenetResnets = {
  wide_resnet50_2: torchvision({ ...R50, groupWidth: 128 }, 78.468),
  wide_resnet101_2: torchvision({ ...R101, groupWidth: 128 }, 78.848),
} as const satisfies Variants;

/** Xie et al. 2016. */
export const resnexts = {
  resnext50_32x4d: torchvision({ ...R50, ...X32x4 }, 77.618),
  resnext101_32x8d: torchvision({ ...R101, ...X32x8 }, 79.312),
  resnext101_64x4d: torchvision({ ...R101, ...X64x4 }, 83.246),
  resnext101_32x4d: timm({ ...R101, ...X32x4 }, [80.336, 'resnext101_32x4d.gluon_in1k']),
  // Mahajan et al. 2018 trained the wide ones on a billion photographs from Instagram.
  resnext101_32x16d: timm({ ...R101, groups: 32, groupWidth: 16 }, [84.166, 'resnext101_32x16d.fb_wsl_ig1b_ft_in1k']),
  resnext101_32x32d: timm({ ...R101, groups: 32, groupWidth: 32 }, [85.09, 'resnext101_32x32d.fb_wsl_ig1b_ft_in1k']),
  resnext101_32x48d: {
    config: { ...R101, groups: 32, groupWidth: 48 },
    accuracy: { top1: 85.4, source: 'facebookresearch/WSL-Images, single crop of 224' },
  },
  resnext50d_32x4d: timm({ ...R50, ...X32x4, ...D }, [79.672, 'resnext50d_32x4d.bt_in1k']),
} as const satisfies Variants;

/** He et al. 2018, "Bag of Tricks". */
export const trickResnets = {
  resnet10t: timm({ ...basic(1, 1, 1, 1), ...T }, [66.724, 'resnet10t.c3_in1k', 176]),
  resnet14t: timm({ ...deep(1, 1, 1, 1), ...T }, [71.318, 'resnet14t.c3_in1k', 176]),
  resnet18d: timm({ ...R18, ...D }, [72.296, 'resnet18d.ra2_in1k']),
  resnet34d: timm({ ...R34, ...D }, [77.108, 'resnet34d.ra2_in1k']),
  resnet26d: timm({ ...R26, ...D }, [76.698, 'resnet26d.bt_in1k']),
  resnet26t: timm({ ...R26, ...T }, [77.878, 'resnet26t.ra2_in1k', 256]),
  resnet50c: timm({ ...R50, ...C }, [78.016, 'resnet50c.gluon_in1k']),
  resnet50d: timm({ ...R50, ...D }, [80.546, 'resnet50d.ra2_in1k']),
  resnet50s: timm({ ...R50, ...S }, [78.71, 'resnet50s.gluon_in1k']),
  resnet50t: { config: { ...R50, ...T } },
  resnet101c: timm({ ...R101, ...C }, [79.542, 'resnet101c.gluon_in1k']),
  resnet101d: timm({ ...R101, ...D }, [82.254, 'resnet101d.ra2_in1k', 256]),
  resnet101s: timm({ ...R101, ...S }, [80.278, 'resnet101s.gluon_in1k']),
  resnet152c: timm({ ...R152, ...C }, [79.904, 'resnet152c.gluon_in1k']),
  resnet152d: timm({ ...R152, ...D }, [83.16, 'resnet152d.ra2_in1k', 256]),
  resnet152s: timm({ ...R152, ...S }, [81.048, 'resnet152s.gluon_in1k']),
  resnet200d: timm({ ...R200, ...D }, [83.25, 'resnet200d.ra2_in1k', 256]),
} as const satisfies Variants;

/** Hu et al. 2017. */
export const seResnets = {
  seresnet18: { config: { ...R18, ...SE } },
  seresnet34: { config: { ...R34, ...SE } },
  seresnet50: timm({ ...R50, ...SE }, [80.26, 'seresnet50.ra2_in1k']),
  seresnet50t: { config: { ...R50, ...T, ...SE } },
  seresnet101: { config: { ...R101, ...SE } },
  seresnet152: { config: { ...R152, ...SE } },
  seresnet152d: timm({ ...R152, ...D, ...SE }, [83.702, 'seresnet152d.ra2_in1k', 256]),
  seresnet200d: { config: { ...R200, ...D, ...SE } },
  seresnet269d: { config: { ...R269, ...D, ...SE } },
  seresnext26d_32x4d: timm({ ...R26, ...X32x4, ...D, ...SE }, [77.592, 'seresnext26d_32x4d.bt_in1k']),
  seresnext26t_32x4d: timm({ ...R26, ...X32x4, ...T, ...SE }, [77.98, 'seresnext26t_32x4d.bt_in1k']),
  seresnext50_32x4d: timm({ ...R50, ...X32x4, ...SE }, [81.268, 'seresnext50_32x4d.racm_in1k']),
  seresnext101_32x4d: timm({ ...R101, ...X32x4, ...SE }, [80.886, 'seresnext101_32x4d.gluon_in1k']),
  seresnext101_32x8d: timm({ ...R101, ...X32x8, ...SE }, [83.618, 'seresnext101_32x8d.ah_in1k']),
  seresnext101d_32x8d: timm({ ...R101, ...X32x8, ...D, ...SE }, [83.702, 'seresnext101d_32x8d.ah_in1k']),
  seresnext101_64x4d: timm({ ...R101, ...X64x4, ...SE }, [80.884, 'seresnext101_64x4d.gluon_in1k']),
  senet154: timm({ ...R152, ...X64x4, ...SE, stem: 'deep', stemWidth: 64, reduceFirst: 2, projectionKernel: 3 }, [
    81.258,
    'senet154.gluon_in1k',
  ]),
} as const satisfies Variants;

/** Wang et al. 2019. */
export const ecaResnets = {
  ecaresnet26t: timm({ ...R26, ...T, ...ECA }, [78.894, 'ecaresnet26t.ra2_in1k', 256]),
  ecaresnet50d: timm({ ...R50, ...D, ...ECA }, [80.634, 'ecaresnet50d.miil_in1k']),
  ecaresnet50t: timm({ ...R50, ...T, ...ECA }, [81.45, 'ecaresnet50t.ra2_in1k', 256]),
  ecaresnetlight: timm({ ...deep(1, 1, 11, 3), shortcut: 'D', ...ECA }, [80.454, 'ecaresnetlight.miil_in1k']),
  ecaresnet101d: timm({ ...R101, ...D, ...ECA }, [82.18, 'ecaresnet101d.miil_in1k']),
  ecaresnet200d: { config: { ...R200, ...D, ...ECA } },
  ecaresnet269d: timm({ ...R269, ...D, ...ECA }, [84.724, 'ecaresnet269d.ra2_in1k', 320]),
  ecaresnext26t_32x4d: { config: { ...R26, ...X32x4, ...T, ...ECA } },
  // timm's is of 26 layers too, whatever its name says.
  ecaresnext50t_32x4d: { config: { ...R26, ...X32x4, ...T, ...ECA } },
} as const satisfies Variants;

/** Zhang 2019. */
export const antiAliasedResnets = {
  resnetblur18: { config: { ...R18, ...BLUR } },
  resnetblur50: timm({ ...R50, ...BLUR }, [79.306, 'resnetblur50.bt_in1k']),
  resnetblur50d: { config: { ...R50, ...D, ...BLUR } },
  resnetblur101d: { config: { ...R101, ...D, ...BLUR } },
  resnetaa34d: { config: { ...R34, ...D, ...AVERAGE } },
  resnetaa50: timm({ ...R50, ...AVERAGE }, [80.614, 'resnetaa50.a1h_in1k']),
  resnetaa50d: { config: { ...R50, ...D, ...AVERAGE } },
  resnetaa101d: { config: { ...R101, ...D, ...AVERAGE } },
  seresnetaa50d: { config: { ...R50, ...D, ...SE, ...AVERAGE } },
  seresnextaa101d_32x8d: timm({ ...R101, ...X32x8, ...D, ...SE, ...AVERAGE }, [83.9, 'seresnextaa101d_32x8d.ah_in1k']),
  seresnextaa201d_32x8d: { config: { ...deep(3, 24, 36, 4), ...X32x8, ...D, stemWidth: 64, ...SE, ...AVERAGE } },
} as const satisfies Variants;

/** Li et al. 2019, in timm's forms: all but the last split the channels between the windows. */
export const skResnets = {
  skresnet18: timm({ ...R18, selectiveKernel: { ratio: 1 / 8, divisor: 16 } }, [73.02, 'skresnet18.ra_in1k']),
  skresnet34: timm({ ...R34, selectiveKernel: { ratio: 1 / 8, divisor: 16 } }, [76.956, 'skresnet34.ra_in1k']),
  skresnet50: { config: { ...R50, selectiveKernel: {} } },
  skresnet50d: { config: { ...R50, ...D, selectiveKernel: {} } },
  skresnext50_32x4d: timm({ ...R50, ...X32x4, selectiveKernel: { ratio: 1 / 16, divisor: 32, splitInput: false } }, [
    80.168,
    'skresnext50_32x4d.ra_in1k',
  ]),
} as const satisfies Variants;

const RS = { ...D, stemPool: 'convolution', ...SE, attentionRatio: 0.25 } as const;

/** Bello et al. 2021, "Revisiting ResNets". */
export const rsResnets = {
  resnetrs50: timm({ ...R50, ...RS }, [77.858, 'resnetrs50.tf_in1k', 160]),
  resnetrs101: timm({ ...R101, ...RS }, [80.706, 'resnetrs101.tf_in1k', 192]),
  resnetrs152: timm({ ...R152, ...RS }, [82.9, 'resnetrs152.tf_in1k', 256]),
  resnetrs200: timm({ ...R200, ...RS }, [83.884, 'resnetrs200.tf_in1k', 256]),
  resnetrs270: timm({ ...deep(4, 29, 53, 4), ...RS }, [83.596, 'resnetrs270.tf_in1k', 256]),
  resnetrs350: timm({ ...deep(4, 36, 72, 4), ...RS }, [84.304, 'resnetrs350.tf_in1k', 288]),
  resnetrs420: timm({ ...deep(4, 44, 87, 4), ...RS }, [84.24, 'resnetrs420.tf_in1k', 320]),
} as const satisfies Variants;
