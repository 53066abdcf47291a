export { type Labels, labelsFor, withIdentifiers } from '@resnetjs/network';
