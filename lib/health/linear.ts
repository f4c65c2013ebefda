/**
 * Solves A x = b for a symmetric positive definite A by Cholesky's decomposition (Golub and Van Loan, "Matrix
 * Computations", 4.2). For a handful of unknowns; row by row in one array.
 */
export function solveSymmetric(a: readonly number[], b: readonly number[]): number[] {
  const n = b.length;
  const root = a.slice();
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = root[row * n + column]!;
      for (let k = 0; k < column; k++) sum -= root[row * n + k]! * root[column * n + k]!;
      root[row * n + column] =
        row === column
          ? Math.sqrt(Math.max(sum, Number.MIN_VALUE))
          : sum / root[column * n + column]!;
    }
  }
  const x = b.slice();
  for (let row = 0; row < n; row++) {
    for (let k = 0; k < row; k++) x[row] = x[row]! - root[row * n + k]! * x[k]!;
    x[row] = x[row]! / root[row * n + row]!;
  }
  for (let row = n - 1; row >= 0; row--) {
    for (let k = row + 1; k < n; k++) x[row] = x[row]! - root[k * n + row]! * x[k]!;
    x[row] = x[row]! / root[row * n + row]!;
  }
  return x;
}
