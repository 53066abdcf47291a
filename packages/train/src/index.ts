export { type LayerGroup, layerGroups } from '@resnetjs/core';
export type { Batch } from './batch.ts';
export { BEST, type CheckpointingOptions, checkpointing, latestSnapshot, type SnapshotStore } from './callbacks/checkpointing.ts';
export { type EarlyStoppingOptions, earlyStopping } from './callbacks/early-stopping.ts';
export { duration, type Progress, progress, progressLine } from './callbacks/progress.ts';
export { type BlockPlace, type DropSchedule, dropBlocks, type SurvivalOptions, survival } from './depth/drop-schedule.ts';
export { type GrowDepthOptions, growDepth } from './depth/grow-depth.ts';
export { type EvaluateOptions, evaluate } from './evaluate/evaluate.ts';
export type { Calibration, ClassScore, Confusion, Evaluation, Mistake } from './evaluate/evaluation.ts';
export { type FineTuneOptions, fineTune } from './finetune/fine-tune.ts';
export { freezeBatchNorms } from './finetune/frozen-norms.ts';
export { type LrCurve, type LrFindOptions, lrFind } from './finetune/lr-find.ts';
export { type Unfreezing, type UnfreezingStage, unfreezing } from './finetune/unfreezing.ts';
export type { EndEvent, EpochEvent, FitEvent, StartEvent, StepEvent } from './fit/events.ts';
export { fit } from './fit/fit.ts';
export type { Callback, FitOptions } from './fit/fit-options.ts';
export { bestEpoch, type EpochSummary, highestAccuracy, lowestLoss, type Metric, type Scores } from './fit/history.ts';
export { type BatchRun, type DataDescription, type EpochBatch, type Loader, type LoaderState, stepsIn } from './fit/loader.ts';
export { type EpochSums, partOf, type Snapshot, type SnapshotPart, type TrainingState } from './fit/snapshot.ts';
export { type LoaderStage, stagedLoader } from './fit/staged-loader.ts';
export { stateFromJson, stateToJson } from './fit/state-json.ts';
export { TrainingError } from './fit/training-error.ts';
export type { TrainingRun } from './fit/training-run.ts';
export { type Gradients, gradients, readGradient } from './gradients.ts';
export { type BinaryCrossEntropyOptions, binaryCrossEntropy } from './losses/binary-cross-entropy.ts';
export { type CrossEntropyOptions, crossEntropy } from './losses/cross-entropy.ts';
export type { Loss } from './losses/loss.ts';
export type { Targets } from './losses/targets.ts';
export { NonFiniteLossError } from './non-finite-loss-error.ts';
export { type AdamWOptions, adamw } from './optimizers/adamw.ts';
export { clipByNorm, gradientNorm } from './optimizers/clip-gradients.ts';
export { type Ema, type EmaOptions, ema } from './optimizers/ema.ts';
export { type LarsOptions, lars } from './optimizers/lars.ts';
export { type Optimizer, optimizer, type WithGroups } from './optimizers/optimizer.ts';
export type { ParameterGroup } from './optimizers/parameter-group.ts';
export { type RmspropOptions, rmsprop } from './optimizers/rmsprop.ts';
export { type SgdOptions, sgd } from './optimizers/sgd.ts';
export type { StepRates, Update, UpdateRule } from './optimizers/update-rule.ts';
export {
  type AnnealingOptions,
  cosine,
  type MultiStepOptions,
  multiStep,
  type PolynomialOptions,
  polynomial,
  type StepDecayOptions,
  stepDecay,
  type WarmUpOptions,
  warmUp,
} from './schedules/decay.ts';
export { type OneCycleMomentumOptions, type OneCycleOptions, oneCycle, oneCycleMomentum } from './schedules/one-cycle.ts';
export { type PlateauOptions, plateau } from './schedules/plateau.ts';
export { byEpoch, chained, constantRate, type Schedule, type Stretch, sequenced } from './schedules/schedule.ts';
export { type StepResult, type TrainStepOptions, trainStep } from './train-step.ts';
