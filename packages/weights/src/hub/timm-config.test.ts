import { expect, test } from 'vitest';
import { timmConfig } from '../../fixtures/fake-hub.ts';
import { manifestFromTimm } from './timm-config.ts';

const withCfg = (changes: object) => ({ ...timmConfig, pretrained_cfg: { ...timmConfig.pretrained_cfg, ...changes } });

test('the size that timm evaluates at is used when it is asked for', () => {
  // 224 / 0.95 = 235.8, of which timm takes the floor.
  expect(manifestFromTimm(timmConfig, 'x').preprocessing).toMatchObject({ resize: 235, crop: [224, 224] });
  expect(manifestFromTimm(timmConfig, 'x', { useTestSize: true }).preprocessing).toMatchObject({ resize: 288, crop: [288, 288] });
  expect(manifestFromTimm(withCfg({ test_input_size: undefined }), 'x', { useTestSize: true }).preprocessing).toMatchObject({
    crop: [224, 224],
  });
});

test('squash resizes both sides', () => {
  expect(manifestFromTimm(withCfg({ crop_mode: 'squash', crop_pct: 1 }), 'x').preprocessing).toMatchObject({
    resize: [224, 224],
    crop: [224, 224],
  });
});

test('labels are named by their descriptions where there are some', () => {
  const labels = { label_names: ['n01440764', 'toString'], label_descriptions: { n01440764: 'tench, Tinca tinca' } };
  expect(manifestFromTimm({ ...timmConfig, ...labels }, 'x').labels).toEqual(['tench, Tinca tinca', 'toString']);
});

test('one input channel becomes part of the config', () => {
  expect(manifestFromTimm(withCfg({ input_size: [1, 28, 28] }), 'x').config).toEqual({ classes: 1000, channels: 1 });
});

test('what cannot be done alike is refused, naming it', () => {
  expect(() => manifestFromTimm(withCfg({ crop_mode: 'border' }), 'x')).toThrow(
    'pretrained_cfg.crop_mode: expected ("center" | "squash") but received "border"',
  );
  expect(() => manifestFromTimm(withCfg({ input_size: [3, 128, 256] }), 'x')).toThrow('only squares');
  expect(() => manifestFromTimm({ ...timmConfig, model_args: { stem_width: 8 } }, 'x')).toThrow('model_args stem_width');
});
