/** What the packages' options are called on the command line. */
const OPTIONS: readonly (readonly [string | RegExp, string])[] = [
  ['{ architecture }', '--model'],
  ['{ keyMap }', '--key-map'],
  ['{ preprocessing }', '--preset'],
  ['{ backbone: true }', 'resnet finetune'],
  [/\bstateDictKey\b/, '--state-dict-key'],
];

/** A message of a package, in the words of the command. */
export const inCommandWords = (message: string): string =>
  OPTIONS.reduce((text, [option, word]) => text.replaceAll(typeof option === 'string' ? option : new RegExp(option, 'g'), word), message);
