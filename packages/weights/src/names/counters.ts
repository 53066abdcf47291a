/** Numbers that PyTorch keeps beside the weights and no network computes with: of batches seen, of models averaged. */
const COUNTER = /(^|\.)(num_batches_tracked|n_averaged)$/;

export const isCounter = (name: string): boolean => COUNTER.test(name);
