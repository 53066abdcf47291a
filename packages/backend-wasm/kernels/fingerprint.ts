/**
 * A hash of `count` 32-bit values: of all of them up to 4,096, else of 1,024 spread evenly and the last.
 *
 * Reading all of ResNet-18's weights at every inference would cost 2 ms of its 30; whoever changes weights changes many.
 */
export function fingerprint(at: usize, count: i32): i32 {
  const step = count <= 4096 ? 1 : count / 1024;
  let hash: i32 = count;
  for (let i = 0; i < count; i += step) hash = rotl(hash ^ load<i32>(at + ((<usize>i) << 2)), 5) * 0x5bd1e995;
  return hash ^ load<i32>(at + ((<usize>(count - 1)) << 2));
}
