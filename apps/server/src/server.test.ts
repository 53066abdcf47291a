import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useWasm } from '@resnetjs/backend-wasm';
import { decodeImage, preprocess } from '@resnetjs/data';
import { explain } from '@resnetjs/explain';
import { overlay } from '@resnetjs/explain/picture';
import { loadNetwork, type Network } from '@resnetjs/network';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLASSES, photo, smallNetwork, temporaryFolder } from './checkpoint.testing.ts';
import { createServer, type ResnetServer } from './server.ts';

const folder = temporaryFolder();
const [png, jpeg] = ['chelsea.png', 'rocket.jpg'].map((name) => readFileSync(photo(name))) as [Buffer, Buffer];
let server: ResnetServer;
let network: Network;

beforeAll(async () => {
  const source = await smallNetwork(join(folder, 'small.safetensors'));
  await useWasm({ threads: 2 });
  network = await loadNetwork(source);
  server = await createServer({
    models: [{ name: 'small', source }],
    workers: 1,
    threads: 1,
    logLevel: 'silent',
    maxDelayMs: 0,
    maxBytes: 2 ** 20,
    maxPixels: 1e6,
    maxImages: 3,
  });
});
afterAll(async () => {
  await server?.close();
  network?.dispose();
});

interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string | object;
}

/** What is answered to a POST. */
async function post(url: string, { headers = {}, body }: Sent = {}) {
  const response = await server.app.inject({ method: 'POST', url, headers, ...(body !== undefined && { payload: body }) });
  return { status: response.statusCode, headers: response.headers, bytes: response.rawPayload, json: () => response.json() };
}

const get = (url: string) => server.app.inject({ method: 'GET', url });
const image = (bytes: Buffer): Sent => ({ body: bytes, headers: { 'content-type': 'image/png' } });
const dataUrl = (bytes: Buffer): string => `data:image/png;base64,${bytes.toString('base64')}`;

function form(files: readonly (readonly [name: string, bytes: Buffer])[]): Sent {
  const parts = files.flatMap(([name, bytes]) => [
    Buffer.from(`--x\r\ncontent-disposition: form-data; name="image"; filename="${name}"\r\n\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return { body: Buffer.concat([...parts, Buffer.from('--x--\r\n')]), headers: { 'content-type': 'multipart/form-data; boundary=x' } };
}

describe('every answer equals that of the library, bit for bit:', () => {
  test.each([
    ['a PNG', () => png, () => image(png)],
    ['a JPEG', () => jpeg, () => image(jpeg)],
    ['whatever curl calls it', () => jpeg, () => ({ body: jpeg, headers: { 'content-type': 'application/x-www-form-urlencoded' } })],
    ['JSON with a data URL', () => png, () => ({ body: { image: dataUrl(png) } })],
  ] as const)('classes of %s', async (_, bytes, sent) => {
    const { status, json } = await post('/classify', sent());
    expect(json()).toEqual({ model: 'small', version: '1', predictions: await network.classify(bytes()) });
    expect(status).toBe(200);
  });

  test('as many classes as are asked for', async () => {
    const { json } = await post('/classify?top=10&model=small&version=1', image(png));
    expect(json().predictions).toEqual(await network.classify(png, { top: 10 }));
  });

  test('embeddings', async () => {
    const { json } = await post('/embed', image(png));
    expect(json()).toEqual({ model: 'small', version: '1', embedding: Array.from(await network.embed(png)) });
  });

  test('a form of many', async () => {
    const { json } = await post(
      '/classify',
      form([
        ['cat', png],
        ['rocket', jpeg],
      ]),
    );
    const [cat, rocket] = await network.classify([png, jpeg]);
    expect(json().results).toEqual([
      { name: 'cat', predictions: cat },
      { name: 'rocket', predictions: rocket },
    ]);
  });
});

describe('the Open Inference Protocol V2', () => {
  const infer = (body: object | Buffer, headers = {}) => post('/v2/models/small/infer', { body, headers });
  let pixels: { data: Float32Array; shape: readonly number[] };
  let logits: number[];
  let probabilities: number[];
  beforeAll(async () => {
    pixels = preprocess(await decodeImage(png, { orient: true }), network.preprocessing);
    const results = tf.tidy(() => {
      const values = network.predictor.forward(tf.tensor(pixels.data, [...pixels.shape]), 'eval') as tf.Tensor2D;
      return [values, tf.softmax(values)];
    });
    [logits, probabilities] = (await Promise.all(results.map(async (one) => Array.from(await one.data())))) as [number[], number[]];
    tf.dispose(results);
  });
  const binaryInput = () => Buffer.from(pixels.data.buffer);
  const input = (more: object) => ({ name: 'input', datatype: 'FP32', shape: [1, 32, 32, 3], ...more });
  const all = () => [
    { name: 'logits', datatype: 'FP32', shape: [1, 10], data: logits },
    { name: 'probabilities', datatype: 'FP32', shape: [1, 10], data: probabilities },
  ];

  test('says what server, models and tensors there are', async () => {
    expect((await get('/v2')).json()).toMatchObject({ name: 'resnetjs', extensions: ['binary_tensor_data', 'classification'] });
    for (const path of ['/v2/models/small', '/v2/models/small/versions/1'])
      expect((await get(path)).json()).toEqual({
        name: 'small',
        versions: ['1'],
        platform: 'resnetjs',
        inputs: [
          { name: 'image', datatype: 'BYTES', shape: [-1] },
          { name: 'input', datatype: 'FP32', shape: [-1, 32, 32, 3] },
        ],
        outputs: [
          { name: 'logits', datatype: 'FP32', shape: [-1, 10] },
          { name: 'probabilities', datatype: 'FP32', shape: [-1, 10] },
        ],
      });
    expect((await get('/v2/models')).json()).toEqual({ models: ['small'] });
    expect((await post('/v2/repository/index')).json()).toEqual([{ name: 'small', version: '1', state: 'READY', reason: '' }]);
  });

  test.each(['/v2/health/live', '/v2/health/ready', '/v2/models/small/ready', '/v2/models/small/versions/1/ready'])('%s', async (path) => {
    expect((await get(path)).statusCode).toBe(200);
  });

  test.each([
    ['flat', () => Array.from(pixels.data)],
    [
      'nested',
      () => [
        Array.from({ length: 32 }, (_, y) =>
          Array.from({ length: 32 }, (_, x) => Array.from(pixels.data.subarray((y * 32 + x) * 3, (y * 32 + x + 1) * 3))),
        ),
      ],
    ],
  ])('computes tensors in JSON, %s', async (_, data) => {
    const { json } = await infer({ id: 'mine', inputs: [input({ data: data() })] });
    expect(json()).toEqual({ model_name: 'small', model_version: '1', id: 'mine', outputs: all() });
  });

  test('computes what outputs are asked for, in their order', async () => {
    const { json } = await infer({ inputs: [input({ data: Array.from(pixels.data) })], outputs: [{ name: 'probabilities' }] });
    expect(json().outputs).toEqual([all()[1]]);
  });

  test('computes tensors behind the JSON, and answers so', async () => {
    const json = Buffer.from(
      JSON.stringify({
        inputs: [input({ parameters: { binary_data_size: binaryInput().byteLength } })],
        outputs: [{ name: 'logits', parameters: { binary_data: true } }, { name: 'probabilities' }],
      }),
    );
    const { bytes, headers } = await infer(Buffer.concat([json, binaryInput()]), {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(json.byteLength),
    });
    const length = Number(headers['inference-header-content-length']);
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(JSON.parse(bytes.subarray(0, length).toString()).outputs).toEqual([
      { name: 'logits', datatype: 'FP32', shape: [1, 10], parameters: { binary_data_size: 40 } },
      all()[1],
    ]);
    expect(Array.from(new Float32Array(Uint8Array.from(bytes.subarray(length)).buffer))).toEqual(logits);
  });

  test('all outputs in binary where the request says so once', async () => {
    const { bytes, headers } = await infer({
      parameters: { binary_data_output: true },
      inputs: [input({ data: Array.from(pixels.data) })],
    });
    const tail = bytes.subarray(Number(headers['inference-header-content-length']));
    expect(Array.from(new Float32Array(Uint8Array.from(tail).buffer))).toEqual([...logits, ...probabilities]);
  });

  test('decodes images: base64 in JSON, and as they are in binary', async () => {
    const inJson = await infer({ inputs: [{ name: 'image', datatype: 'BYTES', shape: [1], data: [png.toString('base64')] }] });
    expect(inJson.json().outputs).toEqual(all());
    const length = Buffer.alloc(4);
    length.writeUInt32LE(png.byteLength);
    const json = Buffer.from(
      JSON.stringify({ inputs: [{ name: 'image', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: png.byteLength + 4 } }] }),
    );
    const binary = await infer(Buffer.concat([json, length, png]), { 'inference-header-content-length': String(json.byteLength) });
    expect(binary.json().outputs).toEqual(all());
  });

  test('more rows than go through the network at once', async () => {
    const rows = 18;
    const blob = Buffer.concat(Array(rows).fill(binaryInput()));
    const head = Buffer.from(
      JSON.stringify({
        inputs: [input({ shape: [rows, 32, 32, 3], parameters: { binary_data_size: blob.byteLength } })],
        outputs: [{ name: 'logits' }],
      }),
    );
    const { json } = await infer(Buffer.concat([head, blob]), { 'inference-header-content-length': String(head.byteLength) });
    expect(json().outputs[0].shape).toEqual([rows, 10]);
    for (let row = 0; row < rows; row++) expect(json().outputs[0].data.slice(row * 10, row * 10 + 10)).toEqual(logits);
  });

  test('names classes where the classification extension asks for them', async () => {
    const { json } = await infer({
      inputs: [input({ data: Array.from(pixels.data) })],
      outputs: [{ name: 'probabilities', parameters: { classification: 2 } }],
    });
    const [best, second] = await network.classify(png);
    expect(json().outputs).toEqual([
      {
        name: 'probabilities',
        datatype: 'BYTES',
        shape: [1, 2],
        data: [best, second].map((one) => `${one?.probability}:${one?.index}:${one?.label}`),
      },
    ]);
    expect(CLASSES).toContain(best?.label);
  });

  test('values that JSON cannot say are refused in it, and answered in binary', async () => {
    const body = (outputs: object[]) => ({ inputs: [input({ data: Array(3072).fill(3e38) })], outputs });
    expect((await infer(body([{ name: 'logits' }]))).json().error).toMatch(/^logits: has values that are not finite/);
    const { bytes, headers } = await infer(body([{ name: 'logits', parameters: { binary_data: true } }]));
    expect(bytes.byteLength - Number(headers['inference-header-content-length'])).toBe(40);
  });

  const tensor = (more: object) => ({ inputs: [input({ data: [], ...more })] });
  test.each([
    ['not JSON', Buffer.from('{"inputs": ['), 'the body is not JSON'],
    ['no UTF-8', Buffer.from([0xff, 0xfe]), 'the body is not JSON'],
    ['no inputs', {}, 'not a request of the Open Inference Protocol: inputs: Invalid key'],
    ['two inputs', { inputs: [input({ data: [] }), input({ data: [] })] }, 'expected one input, image or input, but 2 came.'],
    ['another input', tensor({ name: 'x' }), "there is no input 'x'; expected image, files, or input, prepared pixels."],
    ['another type', tensor({ datatype: 'INT64' }), 'input: expected datatype FP32 but received INT64.'],
    ['channels first', tensor({ shape: [1, 3, 32, 32] }), 'input: expected shape [N,32,32,3], channels last, but received [1,3,32,32].'],
    ['too few numbers', tensor({ data: [1, 2] }), 'input: expected 3072 numbers for [1,32,32,3], but 2 came.'],
    ['no numbers', tensor({ data: [1, 'x'] }), 'input: expected every element of "data" to be a number, but element 1 is not.'],
    ['no data', { inputs: [input({})] }, 'input: expected "data", a list, or binary data.'],
    ['a negative side', tensor({ shape: [-1, 32, 32, 3] }), 'inputs.0.shape.0'],
    ['a shape of more than memory', tensor({ shape: [2 ** 31, 32, 32, 3] }), 'input: expected 6597069766656 numbers'],
    ['another output', { ...tensor({}), outputs: [{ name: 'y' }] }, "there is no output 'y'; there are logits, probabilities."],
    [
      'bytes that are not there',
      tensor({ data: undefined, parameters: { binary_data_size: 12 } }),
      'input: binary_data_size is 12, but 0 bytes are left of the body.',
    ],
    [
      'an address',
      { inputs: [{ name: 'image', datatype: 'BYTES', shape: [1], data: ['http://127.0.0.1/cat.jpg'] }] },
      'image 0: what it holds is not base64.',
    ],
    ['no image', { inputs: [{ name: 'image', datatype: 'BYTES', shape: [1], data: ['AAAA'] }] }, 'image 0: not an image'],
  ])('says what is wrong with %s', async (_, body, message) => {
    const { status, json } = await infer(body);
    expect(json().error).toContain(message);
    expect(status).toBe(message.includes('not an image') ? 422 : 400);
  });

  test('bytes that belong to no tensor, and a JSON longer than the body, are refused', async () => {
    const json = Buffer.from(JSON.stringify(tensor({})));
    const sent = (length: number) => infer(Buffer.concat([json, Buffer.alloc(5)]), { 'inference-header-content-length': String(length) });
    expect((await sent(json.byteLength)).json().error).toBe('5 bytes behind the JSON belong to no input: each says its binary_data_size.');
    expect((await sent(99_999)).json().error).toMatch(/^Inference-Header-Content-Length is 99999, but the body has/);
  });
});

describe('where the network looks', () => {
  test.each(['grad-cam', 'hires-cam', 'eigen-cam', 'saliency', 'input-x-gradient', 'guided-backprop'] as const)('by %s', async (method) => {
    const { status, headers, bytes } = await post(`/explain?method=${method}&target=3`, image(png));
    expect([status, headers['content-type']]).toEqual([200, 'image/png']);
    const photo = await decodeImage(png, { orient: true });
    const { data } = overlay(photo, await explain(network, photo, { method, target: 3 }));
    expect(await decodeImage(bytes)).toEqual({ width: photo.width, height: photo.height, data: new Uint8Array(data) });
  });

  test.each([
    ['method=rise', /method must be equal to one of the allowed values/],
    ['target=99', /99/],
    ['layer=nowhere', /nowhere/],
  ])('says what is wrong with %s', async (query, message) => {
    const { status, json } = await post(`/explain?${query}`, image(png));
    expect(json().error).toMatch(message);
    expect(status).toBe(400);
  });
});

describe('what cannot be answered is said in words:', () => {
  const bomb = (): Buffer => {
    const huge = Buffer.from(png.subarray(0, 64));
    huge.writeUInt32BE(40_000, 16);
    huge.writeUInt32BE(40_000, 20);
    return huge;
  };
  test.each([
    ['nothing', 400, () => ({}), /^the body is empty/],
    ['no image', 422, () => image(Buffer.from('hello')), /^image: not an image/],
    ['half an image', 422, () => image(png.subarray(0, 1000)), /broken, truncated/],
    ['an image of more pixels than allowed, before it is decoded', 422, () => image(bomb()), /40000x40000, more than the 1000000 pixels/],
    ['more bytes than allowed', 413, () => image(Buffer.alloc(2 ** 20 + 1)), /^the body has 1048577 bytes, more than the 1048576/],
    ['JSON without an image', 400, () => ({ body: { picture: 1 } }), /^the body: expected {"image"/],
    ['an address', 400, () => ({ body: { image: 'http://127.0.0.1/cat.jpg' } }), /Addresses and paths are not opened here/],
    ['a path', 400, () => ({ body: { image: '/etc/hostname' } }), /Addresses and paths are not opened here/],
    ['a form without a file', 400, () => form([]), /^the form holds no file/],
    ['a form of more files than allowed', 413, () => form(Array(4).fill(['x', png])), /files limit/],
    ['a form of more bytes than allowed', 413, () => form([['x', Buffer.alloc(2 ** 20)]]), /more than the 1048576/],
    ['a form of broken images only', 422, () => form([['x', Buffer.from('x')]]), /not an image/],
    ['a packed body', 415, () => ({ ...image(png), headers: { 'content-encoding': 'gzip' } }), /content-encoding gzip/],
  ] as const)('%s', async (_, status, sent, message) => {
    const answer = await post('/classify', sent());
    expect(answer.json().error).toMatch(message);
    expect(answer.status).toBe(status);
    expect(answer.json().error).not.toMatch(/\bat .*:\d+/);
  });

  test.each([
    ['/classify?top=0', 400, /top must be >= 1/],
    ['/classify?tpo=3', 400, /must NOT have additional properties/],
    ['/classify?model=other', 404, /^there is no model 'other'; there are: small\.$/],
    ['/classify?version=2', 404, /^small: there is no version|there is no version '2'/],
    ['/v2/models/other/infer', 404, /^there is no model 'other'/],
    ['/v2/models/small/versions/9/infer', 404, /there is no version '9'; there are: 1/],
    ['/v2/repository/models/small/unload', 404, /^there is nothing at POST/],
    ['/nowhere', 404, /^there is nothing at POST \/nowhere/],
  ])('POST %s', async (url, status, message) => {
    const answer = await post(url, image(png));
    expect(answer.json().error).toMatch(message);
    expect(answer.status).toBe(status);
  });

  test('of many images each for itself', async () => {
    const { status, json } = await post(
      '/classify?top=1',
      form([
        ['cat', png],
        ['text', Buffer.from('hello')],
      ]),
    );
    expect(status).toBe(200);
    expect(json().results).toEqual([
      { name: 'cat', predictions: await network.classify(png, { top: 1 }) },
      { name: 'text', error: expect.stringMatching(/^image: not an image/) },
    ]);
  });
});

test.each([
  ['GET', '/classify', 'POST'],
  ['PUT', '/classify', 'POST'],
  ['DELETE', '/v2/models/small', 'GET, HEAD'],
  ['POST', '/v2/health/live', 'GET, HEAD'],
  ['PATCH', '/v2/models/small/infer', 'POST'],
  ['POST', '/metrics', 'GET, HEAD'],
  ['POST', '/', 'GET, HEAD'],
] as const)('%s %s is answered 405, and that it takes %s', async (method, url, allow) => {
  const { statusCode, headers, json } = await server.app.inject({
    method,
    url,
    ...(method !== 'GET' && { payload: 'x', headers: { 'content-type': 'image/jpeg' } }),
  });
  expect(json().error).toContain(`It takes ${allow}.`);
  expect({ statusCode, allow: headers.allow }).toEqual({ statusCode: 405, allow });
});

test('the OpenAPI describes only what is answered', async () => {
  const { paths } = (await server.app.inject('/docs/json')).json() as { paths: Record<string, object> };
  expect(Object.keys(paths['/classify'] ?? {})).toEqual(['post']);
});

test('a request has the name that its client gave it, or one of its own', async () => {
  const named = await server.app.inject({ url: '/v2', headers: { 'x-request-id': 'mine-1' } });
  expect(named.headers['x-request-id']).toBe('mine-1');
  const forged = await server.app.inject({ url: '/v2', headers: { 'x-request-id': 'a\tb {}' } });
  expect(forged.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('figures for Prometheus: requests, stages, queue, rejections, memory', async () => {
  await post('/classify', image(png));
  const { body, headers } = await get('/metrics');
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  for (const line of [
    /^resnet_requests_total\{route="\/classify",method="POST",status="200"\} \d+$/m,
    ...['queue', 'decode', 'network'].map(
      (stage) => new RegExp(`^resnet_stage_seconds_count\\{model="small",version="1",stage="${stage}"\\} [1-9]`, 'm'),
    ),
    /^resnet_queue_length\{model="small",version="1"\} 0$/m,
    /^resnet_workers\{model="small",version="1"\} 1$/m,
    /^resnet_model_memory_bytes\{model="small",version="1"\} [1-9]\d{6,}$/m,
    /^resnet_model_tensors\{model="small",version="1"\} [1-9]/m,
    /^# TYPE resnet_rejected_total counter$/m,
    /^process_resident_memory_bytes [1-9]/m,
    /^nodejs_eventloop_lag_p99_seconds /m,
  ])
    expect(body).toMatch(line);
});

test('no tensors stay behind', async () => {
  const tensors = async () => /^resnet_model_tensors.* (\d+)$/m.exec((await get('/metrics')).body)?.[1];
  await post('/embed', image(png)); // folds its own predictor, once
  await post('/classify', image(png));
  const before = await tensors();
  for (let i = 0; i < 5; i++) {
    await post('/classify', image(jpeg));
    await post('/embed', image(jpeg));
    await post('/classify', image(png.subarray(0, 999)));
    await post('/v2/models/small/infer', {
      body: { inputs: [{ name: 'image', datatype: 'BYTES', shape: [1], data: [png.toString('base64')] }] },
    });
  }
  expect(await tensors()).toBe(before);
});

test('every route is described', async () => {
  const { paths, openapi } = (await get('/docs/json')).json();
  expect(openapi).toBe('3.1.0');
  expect(Object.keys(paths).sort()).toEqual(
    [
      '/classify',
      '/embed',
      '/explain',
      '/metrics',
      '/v2',
      '/v2/health/live',
      '/v2/health/ready',
      '/v2/models',
      '/v2/models/{model}',
      '/v2/models/{model}/infer',
      '/v2/models/{model}/ready',
      '/v2/models/{model}/versions/{version}',
      '/v2/models/{model}/versions/{version}/infer',
      '/v2/models/{model}/versions/{version}/ready',
      '/v2/repository/index',
    ].sort(),
  );
  expect(Object.keys(paths['/classify'].post.requestBody.content)).toContain('multipart/form-data');
  expect((await get('/docs')).statusCode).toBe(200);
});
