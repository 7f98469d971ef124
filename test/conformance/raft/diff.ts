/** A line diff by longest common subsequence: `-` expected, `+` actual. */

/** Rows of common lengths[i][j] of expected from i and actual from j. */
function commonLengths(expected: readonly string[], actual: readonly string[]): readonly number[][] {
  const lengths = Array.from({ length: expected.length + 1 }, () => new Array<number>(actual.length + 1).fill(0));
  for (let i = expected.length - 1; i >= 0; i--) {
    for (let j = actual.length - 1; j >= 0; j--) {
      const same = expected[i] === actual[j];
      lengths[i]![j] = same ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  return lengths;
}

export function diffLines(expected: readonly string[], actual: readonly string[]): readonly string[] {
  const lengths = commonLengths(expected, actual);
  const rows: string[] = [];
  let i = 0;
  let j = 0;
  while (i < expected.length || j < actual.length) {
    if (i < expected.length && j < actual.length && expected[i] === actual[j]) {
      rows.push(`  ${expected[i]}`);
      i += 1;
      j += 1;
    } else if (j >= actual.length || (i < expected.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) {
      rows.push(`- ${expected[i]}`);
      i += 1;
    } else {
      rows.push(`+ ${actual[j]}`);
      j += 1;
    }
  }
  return rows;
}
