import { CheckpointError } from '../checkpoint-error.ts';
import { CONTAINER_STEPS, type PickleBudget } from './pickle-budget.ts';
import { callGlobal, type HostileGlobals } from './pickle-globals.ts';
import { type GlobalRef, isRecord, type OpenRecord, type PickleValue, StorageRef, TensorRef } from './pickle-values.ts';

/** The stack, its marks and the memo of a pickle being read, and what it was seen to ask for. */
export class PickleMachine {
  readonly budget: PickleBudget;
  readonly hostile: HostileGlobals;
  /** Every global that was named. */
  readonly globals = new Set<string>();
  /** By key. */
  readonly storages = new Map<string, StorageRef>();
  #stack: PickleValue[] = [];
  readonly #below: PickleValue[][] = []; // stacks beneath open marks
  readonly #memo = new Map<number, PickleValue>();
  readonly #records: PickleValue[] = [];

  constructor(budget: PickleBudget, hostile: HostileGlobals) {
    this.budget = budget;
    this.hostile = hostile;
  }

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
  /** Takes the top away: a value, or the mark where there is none above it. */
  drop(): void {
    if (this.#stack.length || !this.#below.length) this.pop();
    else this.popMark();
  }
  mark(): void {
    this.budget.steps(CONTAINER_STEPS);
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
  list(): void {
    this.budget.steps(CONTAINER_STEPS);
    this.push([]);
  }
  dict(items: readonly PickleValue[] = []): void {
    this.budget.steps(2 * CONTAINER_STEPS);
    this.push(new Map());
    this.setItems(items);
  }
  tuple(length: number): void {
    this.budget.steps(CONTAINER_STEPS);
    const items = Array.from({ length }, () => this.pop()).reverse();
    this.push(Object.freeze(items));
  }
  append(items: readonly PickleValue[]): void {
    const list = this.top();
    const target = isRecord(list) ? (list as OpenRecord).items : list;
    if (!Array.isArray(target) || Object.isFrozen(target))
      throw new CheckpointError('the pickle appends to something that is not a list. It is damaged.');
    for (const item of items) target.push(item);
  }
  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (!(dict instanceof Map || isRecord(dict)) || items.length % 2)
      throw new CheckpointError('the pickle sets items of something that is not a dict. It is damaged.');
    if (isRecord(dict)) this.budget.steps(items.length * CONTAINER_STEPS);
    for (let i = 0; i < items.length; i += 2) {
      const [key, value] = [items[i] as PickleValue, items[i + 1] as PickleValue];
      if (dict instanceof Map) dict.set(key, value);
      else (dict as OpenRecord).items.push(Object.freeze([key, value]));
    }
  }
  /** What calling `callee` would give; see {@link callGlobal}. */
  call(callee: PickleValue | undefined, args: PickleValue): void {
    this.budget.steps(4 * CONTAINER_STEPS);
    const value = callGlobal(callee, args, this.budget);
    if (isRecord(value)) this.#records.push(value);
    this.push(value);
  }
  /** State of an object: noted if it is a record; the attributes of dicts (torch keeps `_metadata` there), lists and tensors are passed over. */
  build(): void {
    const state = this.pop();
    const object = this.top();
    if (isRecord(object)) (object as OpenRecord).state = state;
    else if (!(object instanceof Map || Array.isArray(object) || object instanceof TensorRef))
      throw new CheckpointError('the pickle sets the state of an object that has none. Nothing was run.');
  }
  global(ref: GlobalRef): void {
    this.globals.add(ref.name);
    this.push(ref);
  }
  persistent(value: PickleValue): void {
    this.budget.steps(CONTAINER_STEPS);
    if (value instanceof StorageRef) this.storages.set(value.key, value);
    if (isRecord(value)) this.#records.push(value);
    this.push(value);
  }
  /** Freezes what was noted and gives the one value that is left. */
  result(): PickleValue {
    const value = this.pop();
    if (this.#stack.length || this.#below.length) throw new CheckpointError('the pickle stops with values left over. It is damaged.');
    for (const record of this.#records as OpenRecord[]) {
      Object.freeze(record.items);
      Object.freeze(record.args);
      Object.freeze(record);
    }
    return value;
  }
}
