/** How much of a smoothed value stays at each step: about ten steps are looked back at. */
const KEEP = 0.9;

/** A running mean that forgets: given each value in turn, returns the mean so far. The first counts in full. */
export function smoothed(): (value: number) => number {
  let [sum, weight] = [0, 0];
  return (value) => {
    sum = KEEP * sum + (1 - KEEP) * value;
    weight = KEEP * weight + (1 - KEEP);
    return sum / weight;
  };
}
