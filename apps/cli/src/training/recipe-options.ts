import { type Command, InvalidArgumentError, Option } from 'commander';
import { RECIPE_FIELDS, type RecipeChoices } from './recipe.ts';
import type { RecipeField } from './recipe-field.ts';

type Key = keyof typeof RECIPE_FIELDS;

/** Adds the options by which a recipe is changed, but for those left out. */
export function recipeOptions(command: Command, { except = [] }: { readonly except?: readonly Key[] } = {}): Command {
  for (const [key, field] of Object.entries(RECIPE_FIELDS) as [Key, RecipeField<unknown>][])
    if (!except.includes(key)) command.addOption(optionOf(field));
  return command;
}

/** A recipe's entry as an option of a command. */
export function optionOf({ flags, help, group, parse }: RecipeField<unknown>): Option {
  const option = new Option(flags, help).helpGroup(group);
  if (!flags.includes('<')) return option;
  return option.argParser(argumentOf(parse));
}

/** Takes what was typed, and says in commander's way what is wrong with it. */
export const argumentOf =
  <T>(parse: (value: unknown) => T) =>
  (value: string): T => {
    try {
      return parse(value);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };

/** The choices among a command's options. Only what was typed counts: commander gives a `--no-…` option a value of its own. */
export function choicesOf(command: Command): RecipeChoices {
  const typed = (key: string) => command.getOptionValueSource(key) === 'cli';
  const entries = Object.entries(command.opts()).filter(([key]) => Object.hasOwn(RECIPE_FIELDS, key) && typed(key));
  return Object.fromEntries(entries) as RecipeChoices;
}
