/**
 * Holds an answer in JSON against what is expected of it, and returns the first difference in words, or undefined if
 * there is none. Only what is expected is looked at: of an object the keys that are given, of a list that each given item
 * matches some item. `null` stands for what is not there; an empty object or list for any object or list.
 */
export function jsonDifference(expected: unknown, answer: unknown, path = ''): string | undefined {
  const where = path === '' ? 'the answer' : path;
  if (expected === null) return answer === null || answer === undefined ? undefined : `${where} is there`;
  if (answer === undefined) return `${where} is not there`;
  if (Array.isArray(expected)) return listDifference(expected, answer, where, path);
  if (typeof expected === 'object') return objectDifference(expected as object, answer, where, path);
  return expected === answer ? undefined : `${where} is ${brief(answer)}, expected ${brief(expected)}`;
}

function listDifference(
  expected: readonly unknown[],
  answer: unknown,
  where: string,
  path: string,
): string | undefined {
  if (!Array.isArray(answer)) return `${where} is ${brief(answer)}, expected a list`;
  for (const item of expected) {
    const differences = answer.map((candidate, index) => jsonDifference(item, candidate, `${path}[${index}]`));
    if (differences.includes(undefined)) continue;
    // With one candidate it is worth telling what is wrong with it.
    return differences.length === 1 ? differences[0] : `${where} has nothing like ${brief(item)}: ${brief(answer)}`;
  }
  return undefined;
}

function objectDifference(expected: object, answer: unknown, where: string, path: string): string | undefined {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    return `${where} is ${brief(answer)}, expected an object`;
  }
  const fields = answer as { readonly [key: string]: unknown };
  for (const [key, value] of Object.entries(expected)) {
    const difference = jsonDifference(value, fields[key], path === '' ? key : `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

const LONGEST = 300;

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
