// Values of command line options, checked. Both throw an Error with a message for the user.

export function share(name, text) {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) {
    throw new Error(`--${name} must be a number from 0 to 1; received "${text}"`);
  }
  return value;
}

export function whole(name, text, least = 1, most = Number.MAX_SAFE_INTEGER) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    throw new Error(`--${name} must be a whole number ${range}; received "${text}"`);
  }
  return value;
}
