/** Text of doubles and floats as MySQL prints them. */

/** Characters that CAST and CONCAT give a double and a float before they choose the exponent form. */
const DOUBLE_CAST_WIDTH = 23;
const FLOAT_CAST_WIDTH = 12;

/** The shortest text that reads back as `value`, as results show it. */
export function doubleText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return gcvt(value.toExponential(), Number.POSITIVE_INFINITY);
}

/** FLOAT columns as results show them: six significant digits. */
export function floatText(value: number): string {
  return floatInWidth(value, Number.POSITIVE_INFINITY);
}

/** A double that becomes a string value (CAST, CONCAT, a CHAR column). */
export function doubleCastText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return gcvt(value.toExponential(), DOUBLE_CAST_WIDTH);
}

/** A float that becomes a string value. */
export function floatCastText(value: number): string {
  return floatInWidth(value, FLOAT_CAST_WIDTH);
}

/** As many digits as fit `width` characters; undefined when not even one does. */
export function doubleTextInWidth(value: number, width: number): string | undefined {
  const full = doubleText(value);
  if (full.length <= width) return full;
  for (let digits = 16; digits >= 0; digits--) {
    const text = gcvt(trimZeros(value.toExponential(digits)), width);
    if (text.length <= width) return text;
  }
  return undefined;
}

function floatInWidth(value: number, width: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return gcvt(trimZeros(sixDigits(value)), width);
}

/** d.ddddde±x, halves to the even digit. */
function sixDigits(value: number): string {
  const exact = value.toExponential(25);
  const at = exact.indexOf('.') + 6;
  const isHalf = /^50*e/.test(exact.slice(at));
  const lastKept = exact.charCodeAt(at - 1) - 48;
  if (isHalf && lastKept % 2 === 0) return exact.slice(0, at) + exact.slice(exact.indexOf('e'));
  return value.toExponential(5);
}

function trimZeros(exponential: string): string {
  return exponential.replace(/\.?0+e/, 'e');
}

/**
 * MySQL's choice between plain digits and d.ddde±x: plain while the point stands at most 15 digits away or inside the
 * digits, and the text fits `width`. `exponential` is JavaScript's form.
 */
function gcvt(exponential: string, width: number): string {
  const at = exponential.indexOf('e');
  const mantissa = exponential.slice(0, at);
  const exponent = Number(exponential.slice(at + 1));
  const digits = mantissa.replace(/[-.]/g, '');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const plain = plainDigits(digits, exponent);
  if (plain !== undefined && plain.length + sign.length <= width) return sign + plain;
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits[0]}${fraction}e${exponent}`;
}

function plainDigits(digits: string, exponent: number): string | undefined {
  if (exponent < -15 || (exponent >= 15 && digits.length <= exponent + 1)) return undefined;
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
