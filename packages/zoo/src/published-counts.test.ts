import { parameters, summarize } from '@resnetjs/core';
import { expect, test } from 'vitest';
import { createModel, modelInfo } from './index.ts';

// Parameters and GMACs at 224: torchvision 0.14's model cards; at 32: He et al. 2015, table 6, option A.
test.each([
  ['resnet18', 11_689_512, 1.814],
  ['resnet34', 21_797_672, 3.664],
  ['resnet50', 25_557_032, 4.089],
  ['resnet101', 44_549_160, 7.801],
  ['resnet152', 60_192_808, 11.514],
  ['wide_resnet50_2', 68_883_240, 11.398],
  ['wide_resnet101_2', 126_886_696, 22.753],
  ['resnext50_32x4d', 25_028_904, 4.23],
  ['resnext101_32x8d', 88_791_336, 16.414],
  ['resnext101_64x4d', 83_455_272, 15.46],
  ['densenet121', 7_978_856, 2.834],
  ['densenet161', 28_681_000, 7.728],
  ['densenet169', 14_149_480, 3.36],
  ['densenet201', 20_013_928, 4.291],
])('%s has the published %i parameters and %f GMACs', (name, params, gmacs) => {
  const info = modelInfo(name);
  expect(info.params).toBe(params);
  expect((info.macs / 1e9).toFixed(3)).toBe(gmacs.toFixed(3));
});

// timm's model cards.
test.each([
  ['resnet50d', 25_576_264],
  ['seresnet50', 28_088_024],
  ['seresnext50_32x4d', 27_559_896],
  ['resnetv2_50', 25_549_352],
])('%s has the published %i parameters', (name, params) => {
  expect(modelInfo(name).params).toBe(params);
});

// timm's results-imagenet.csv and, of the last, its benchmark-infer-amp-nchw-pt112-cu113-rtx3090.csv.
test.each([
  ['resnext101_32x16d', 194.03],
  ['resnext101_32x32d', 468.53],
  ['resnext101_32x48d', 828.41],
])('%s has the published %f million parameters', (name, millions) => {
  expect((modelInfo(name).params / 1e6).toFixed(2)).toBe(millions.toFixed(2));
});

test('the ResNeXt-29s have the 34.4 and 68.1 million parameters of Xie et al. 2016, table 7', () => {
  expect(modelInfo('resnext29_8x64d_cifar').params).toBe(34_426_698);
  expect(Math.floor(modelInfo('resnext29_16x64d_cifar').params / 1e5)).toBe(681);
});

test.each([
  [20, 269_722],
  [32, 464_154],
  [44, 658_586],
  [56, 853_018],
  [110, 1_727_962],
  [1202, 19_421_274],
])('the CIFAR ResNet-%i has the published %i parameters, and its plain twin as many', (depth, params) => {
  expect(modelInfo(`resnet${depth}_cifar`).params).toBe(params);
  expect(modelInfo(`plain${depth}_cifar`).params).toBe(params);
});

test('the CIFAR ResNet-20 costs 40.6 million multiply-accumulates', () => {
  expect((modelInfo('resnet20_cifar').macs / 1e6).toFixed(1)).toBe('40.6');
});

// He et al. 2015, section 4.1 compares them; the counts are of torchvision's ResNet-34 with each shortcut.
test.each([
  ['A', 21_623_848],
  ['B', 21_797_672],
  ['C', 22_716_840],
] as const)('ResNet-34 with shortcut option %s has %i parameters', (shortcut, params) => {
  expect(summarize(createModel('resnet34', { shortcut }), [1, 224, 224, 3]).params).toBe(params);
});

test("DenseNet-264 of the paper's table 1 has as many parameters as torchvision's DenseNet of that config", () => {
  expect(modelInfo('densenet264').params).toBe(33_337_704);
});

// Parameters to the last one are those of the PyTorch implementations that the families' files name; the papers print them
// in millions: Huang et al. 2017, table 2; He et al. 2016, table 4; Zagoruyko & Komodakis 2016, table 5.
test.each([
  ['densenet40_12_cifar', 1_019_722, 1],
  ['densenet100_12_cifar', 6_979_642, 7],
  ['densenet_bc100_12_cifar', 769_162, 0.8],
  ['densenet_bc250_24_cifar', 15_324_406, 15.3],
  ['densenet_bc190_40_cifar', 25_624_430, 25.6],
  ['preact_resnet110_cifar', 1_727_962, 1.7],
  ['preact_resnet164_cifar', 1_703_258, 1.7],
  ['preact_resnet1001_cifar', 10_327_706, 10.3],
  ['wrn40_4_cifar', 8_949_210, 8.9],
  ['wrn16_8_cifar', 10_961_370, 11],
  ['wrn28_10_cifar', 36_479_194, 36.5],
])('%s has %i parameters: the %f million that its paper prints', (name, params, millions) => {
  const info = modelInfo(name);
  expect(info.params).toBe(params);
  expect((info.params / 1e6).toFixed(1)).toBe(millions.toFixed(1));
});

// Srivastava et al. 2015, table 1: about 2.3 and 1.25 million.
test.each([
  ['highway19_cifar', 19, 2.3],
  ['highway32_cifar', 32, 1.25],
])('%s is %i layers deep and has about %f million parameters', (name, depth, millions) => {
  const layers = [...parameters(createModel(name)).keys()].filter((key) => key.endsWith('weight') && !key.includes('gate'));
  expect(layers).toHaveLength(depth);
  expect(Math.abs(modelInfo(name).params / 1e6 / millions - 1)).toBeLessThan(0.01);
});

test('the MLP-ResNet counts two matrices of 1024 x 512 a block', () => {
  const [input, block, output] = [3072 * 1024 + 1024, 2 * 1024 * 512 + 512 + 1024, 1024 * 10 + 10];
  expect(modelInfo('mlp_resnet10_cifar').params).toBe(input + 4 * block + output);
});
