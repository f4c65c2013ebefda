// Least squares with a level of its own for each group: values and columns are taken as differences from their group's mean.

/**
 * @param {object} data
 * @param {Float64Array} data.y
 * @param {readonly Float64Array[]} data.columns
 * @param {Uint32Array} data.groups of each row, from 0
 * @param {number} data.groupCount
 * @param {Uint32Array} rows those that take part, as often as they are named
 * @returns {{ coefficients: number[], residuals: Float64Array }} residuals in the order of `rows`
 */
export function regress({ y, columns, groups, groupCount }, rows) {
  const all = [...columns, y];
  const means = all.map((column) => groupMeans(column, groups, groupCount, rows));
  const centred = all.map((column, k) =>
    Float64Array.from(rows, (row) => column[row] - means[k][groups[row]]),
  );
  const target = centred.pop();
  const matrix = centred.map((one) => [
    ...centred.map((other) => dot(one, other)),
    dot(one, target),
  ]);
  // A column that says nothing gets no share, instead of any.
  for (const [k, row] of matrix.entries()) row[k] += 1e-9 * (1 + rows.length);
  const coefficients = solve(matrix);
  const residuals = target.map((value, i) =>
    coefficients.reduce((left, coefficient, k) => left - coefficient * centred[k][i], value),
  );
  return { coefficients, residuals };
}

function groupMeans(column, groups, groupCount, rows) {
  const sums = new Float64Array(groupCount);
  const counts = new Uint32Array(groupCount);
  for (const row of rows) {
    sums[groups[row]] += column[row];
    counts[groups[row]] += 1;
  }
  return sums.map((sum, group) => sum / Math.max(1, counts[group]));
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Gauss-Jordan. The matrix is symmetric and positive definite, so that no pivot has to be looked for. */
function solve(matrix) {
  for (let k = 0; k < matrix.length; k++) {
    const pivot = matrix[k].map((value) => value / matrix[k][k]);
    matrix[k] = pivot;
    for (const [i, row] of matrix.entries()) {
      if (i !== k) matrix[i] = row.map((value, j) => value - row[k] * pivot[j]);
    }
  }
  return matrix.map((row) => row.at(-1));
}
