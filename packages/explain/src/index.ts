export { ExplainError } from './explain-error.ts';
