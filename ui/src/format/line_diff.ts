export type Line = { left: string | null; right: string | null };

const LARGEST = 3_000;

/** Lines side by side; what only one side has stands alone. Plain longest common subsequence, with a cap. */
export function lineDiff(before: string, after: string): Line[] {
  const a = before.split("\n").slice(0, LARGEST);
  const b = after.split("\n").slice(0, LARGEST);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const width = endB - start + 1;
  const table = new Uint16Array((endA - start + 1) * width);
  for (let i = endA - start - 1; i >= 0; i--) {
    for (let j = endB - start - 1; j >= 0; j--) {
      table[i * width + j] =
        a[start + i] === b[start + j] ? table[(i + 1) * width + j + 1]! + 1 : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!);
    }
  }
  const out: Line[] = a.slice(0, start).map((line) => ({ left: line, right: line }));
  let i = 0;
  let j = 0;
  while (i < endA - start || j < endB - start) {
    const left = a[start + i];
    const right = b[start + j];
    if (i < endA - start && j < endB - start && left === right) {
      out.push({ left: left!, right: right! });
      i++;
      j++;
    } else if (j >= endB - start || (i < endA - start && table[(i + 1) * width + j]! >= table[i * width + j + 1]!)) {
      out.push({ left: left!, right: null });
      i++;
    } else {
      out.push({ left: null, right: right! });
      j++;
    }
  }
  for (let rest = 0; rest < a.length - endA; rest++) out.push({ left: a[endA + rest]!, right: b[endB + rest]! });
  return out;
}
