/** What is measured: one network doing one thing. */
export interface Workload {
  readonly task: 'infer' | 'train';
  readonly network: string;
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: number;
  readonly threads: number;
}

/** What can be measured. */
export type SystemName =
  | 'resnet.js'
  | 'resnet.js-int8'
  | 'tfjs-wasm'
  | 'onnxruntime-web'
  | 'onnxruntime-web-int8'
  | 'pytorch'
  | 'libtensorflow'
  | 'registers';

/** One system under test, `resnet.js`, or `resnet.js:1` with so many threads of its own whatever the workload says. */
export type System = SystemName | `${SystemName}:${number}`;

/** What a contestant, a process of its own, says: that it is ready, or cannot be; then a time for each `go` it reads. */
export type Message =
  | { readonly kind: 'ready'; readonly about: string }
  | { readonly kind: 'absent'; readonly reason: string }
  | { readonly kind: 'ms'; readonly values: readonly number[] };
