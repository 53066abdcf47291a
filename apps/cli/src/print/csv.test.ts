import { expect, test } from 'vitest';
import { csvRow } from './csv.ts';

test.each([
  [['a', 1, 0.5], 'a,1,0.5\r\n'],
  [['a,b', 'say "c"', 'two\nlines', ''], '"a,b","say ""c""","two\nlines",\r\n'],
  // what a spreadsheet would run; numbers of ours are none
  [['=1+1', '+1', '-x.png', '@a', '\tb', -1e-7], "'=1+1,'+1,'-x.png,'@a,'\tb,-1e-7\r\n"],
  [['=HYPERLINK("http://x","y")'], '"\'=HYPERLINK(""http://x"",""y"")"\r\n'],
] as const)('%j', (cells, row) => expect(csvRow(cells)).toBe(row));
