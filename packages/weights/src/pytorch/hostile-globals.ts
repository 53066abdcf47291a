/**
 * What runs programs or code, reaches the network or changes files. Reading is as safe with these as without, for
 * nothing that a pickle names is ever looked up. But no training script writes them: whoever did, means the Python that
 * opens the file next.
 */
const HOSTILE = [
  /^(os|posix|nt)\.(system|popen\w*|exec\w+|spawn\w+|posix_spawn\w*|fork\w*|startfile|remove\w*|unlink|rmdir|rename\w*|kill\w*|putenv)$/,
  /^builtins\.(eval|exec|execfile|compile|open|__import__|input|breakpoint)$/,
  /^io\.open(_code)?$/,
  /^(subprocess|commands|popen2|pty|runpy|importlib|imp|code|codeop|pdb|bdb|timeit|profile|cProfile|webbrowser|shutil|socket|ctypes|pip|urllib|requests|httplib|http|ftplib|marshal|pickle|_pickle|cPickle)\./,
  /^torch\.(load|jit\.load|package\..+)$/,
  /^torch\.hub\./,
];

/** Whether a file that asks for this global is an attack on whoever opens it in Python. */
export const isHostile = (name: string): boolean => HOSTILE.some((pattern) => pattern.test(name));
