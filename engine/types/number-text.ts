/** Text of doubles and floats as MySQL prints them. */

/** The shortest text that reads back as `value`. */
export function doubleText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return gcvt(value.toExponential());
}

/** FLOAT columns and expressions: six significant digits. */
export function floatText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return gcvt(value.toExponential(5).replace(/\.?0+e/, 'e'));
}

/**
 * MySQL's choice between plain digits and d.ddde±x: plain while the point stands at most 15 digits away or inside the
 * digits. `exponential` is JavaScript's form.
 */
function gcvt(exponential: string): string {
  const at = exponential.indexOf('e');
  const mantissa = exponential.slice(0, at);
  const exponent = Number(exponential.slice(at + 1));
  const digits = mantissa.replace(/[-.]/g, '');
  const text = plainOrExponent(digits, exponent);
  return mantissa.startsWith('-') ? `-${text}` : text;
}

function plainOrExponent(digits: string, exponent: number): string {
  if (exponent < -15 || (exponent >= 15 && digits.length <= exponent + 1)) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${digits[0]}${fraction}e${exponent}`;
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0');
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** DOUBLE(M,D) and FLOAT(M,D): exactly `scale` digits behind the point. */
export function fixedText(value: number, scale: number): string {
  const text =
    Math.abs(value) < 1e21 ? value.toFixed(scale) : `${BigInt(value)}${scale > 0 ? `.${'0'.repeat(scale)}` : ''}`;
  return text;
}
