import { CheckpointError } from '../checkpoint-error.ts';
import type { PickleValue } from './pickle-values.ts';

/** The stack, its marks and the memo of a pickle being read. */
export class PickleMachine {
  #stack: PickleValue[] = [];
  readonly #below: PickleValue[][] = []; // stacks beneath open marks
  readonly #memo = new Map<number, PickleValue>();

  push(value: PickleValue): void {
    this.#stack.push(value);
  }
  pop(): PickleValue {
    if (!this.#stack.length) throw new CheckpointError('the pickle takes more from its stack than is there. It is damaged.');
    return this.#stack.pop() as PickleValue;
  }
  /** What lies on top, which stays. */
  top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }
  mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }
  /** Everything since the last mark, which is removed. */
  popMark(): PickleValue[] {
    const items = this.#stack;
    const below = this.#below.pop();
    if (!below) throw new CheckpointError('the pickle closes a mark that is not open. It is damaged.');
    this.#stack = below;
    return items;
  }
  put(index: number): void {
    this.#memo.set(index, this.top());
  }
  memoize(): void {
    this.put(this.#memo.size);
  }
  get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new CheckpointError(`the pickle recalls ${index}, which it never noted. It is damaged.`);
    this.push(value);
  }
  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list) || Object.isFrozen(list))
      throw new CheckpointError('the pickle appends to something that is not a list. It is damaged.');
    for (const item of items) list.push(item);
  }
  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (!(dict instanceof Map) || items.length % 2)
      throw new CheckpointError('the pickle sets items of something that is not a dict. It is damaged.');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i] as PickleValue, items[i + 1] as PickleValue);
  }
  tuple(length: number): void {
    const items = Array.from({ length }, () => this.pop()).reverse();
    this.push(Object.freeze(items));
  }
  /** State of an object: an OrderedDict's attributes (torch keeps `_metadata` there) are passed over, anything else has none. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) throw new CheckpointError('the pickle sets the state of an object. Nothing was run.');
  }
  result(): PickleValue {
    const value = this.pop();
    if (this.#stack.length || this.#below.length) throw new CheckpointError('the pickle stops with values left over. It is damaged.');
    return value;
  }
}
