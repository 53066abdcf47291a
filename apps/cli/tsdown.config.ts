/** The command and the functions behind it, for Node. */
export default {
  entry: ['src/main.ts', 'src/index.ts'],
  format: 'esm',
  platform: 'node',
  target: 'node20',
  dts: true,
  sourcemap: true,
  fixedExtension: false,
  logLevel: 'warn',
};
