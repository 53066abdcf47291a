/** A format that is not decoded here: what it is called, and what to do with it. */
export interface ForeignFormat {
  readonly name: string;
  readonly advice: string;
}

const SAVE = 'Save it as PNG or JPEG.';
const DEVELOP = 'Develop it with the camera’s program, darktable or RawTherapee, and export a JPEG or PNG.';
const FRAMES = 'Take pictures out of it, say with ffmpeg -i FILE %05d.png.';

const raw = (camera: string): ForeignFormat => ({ name: `a raw file of a ${camera} camera`, advice: DEVELOP });
const video = (name: string): ForeignFormat => ({ name: `a video (${name})`, advice: FRAMES });
const picture = (name: string, advice = SAVE): ForeignFormat => ({ name, advice });

const HEIC = picture(
  'an HEIC, whose decoder is under patents',
  'Convert it: on a Mac with sips -s format jpeg FILE --out FILE.jpg, elsewhere with heif-convert or ImageMagick. An iPhone ' +
    'takes JPEGs with Settings > Camera > Formats > Most Compatible.',
);
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];

/** By the bytes (a character each) that stand at an offset. */
const MAGIC: readonly (readonly [number, string, ForeignFormat])[] = [
  [0, '\0\0\0\x0cJXL \r\n\x87\n', picture('a JPEG XL', 'Convert it with djxl FILE FILE.png.')],
  [0, '\xff\x0a', picture('a JPEG XL', 'Convert it with djxl FILE FILE.png.')],
  [0, '\0\0\0\x0cjP  \r\n\x87\n', picture('a JPEG 2000', 'Convert it with opj_decompress -i FILE -o FILE.png.')],
  [0, '\xff\x4f\xff\x51', picture('a JPEG 2000', 'Convert it with opj_decompress -i FILE -o FILE.png.')],
  [0, '8BPS', picture('a Photoshop document (PSD)')],
  [0, '%PDF', picture('a PDF', 'Draw its pages with pdftoppm -png FILE PAGE.')],
  [0, '%!PS', picture('PostScript', 'Draw it with gs -sDEVICE=png16m -o FILE.png FILE.')],
  [0, '\0\0\x01\0', picture('an icon (ICO)')],
  [0, '\0\0\x02\0\0\0\0\0', picture('a Targa (TGA)')], // a cursor that begins so would hold none
  [0, '\0\0\x0a\0\0\0\0\0', picture('a Targa (TGA)')],
  [0, '\0\0\x02\0', picture('a cursor (CUR)')],
  [0, '\x0a\x05\x01\x08', picture('a PCX')],
  [0, '\x01\xda\0\x01', picture('a picture of Silicon Graphics (SGI)')],
  [0, '\x01\xda\x01\x01', picture('a picture of Silicon Graphics (SGI)')],
  [0, 'icns', picture('an icon (ICNS)')],
  [0, 'DDS ', picture('a texture (DDS)')],
  [0, 'qoif', picture('a QOI')],
  [0, '\x76\x2f\x31\x01', picture('an OpenEXR')],
  [0, '#?RADIANCE', picture('a Radiance HDR')],
  [0, 'SIMPLE  =', picture('a FITS')],
  [0, 'gimp xcf', picture('a GIMP document (XCF)')],
  [0, 'P7\n', picture('a PAM', 'Save it as PPM or PNG.')],
  [0, 'PF\n', picture('a PFM, whose values are floats,')],
  [0, 'Pf\n', picture('a PFM, whose values are floats,')],
  [128, 'DICM', picture('a DICOM', 'Convert it with dcm2img or dcmj2pnm.')],
  [0, 'II\x1a\0\0\0HEAPCCDR', raw('Canon')],
  [0, 'FUJIFILMCCD-RAW', raw('Fujifilm')],
  [0, 'IIRO', raw('Olympus')],
  [0, 'IIRS', raw('Olympus')],
  [0, 'MMOR', raw('Olympus')],
  [0, 'IIU\0', raw('Panasonic')],
  [0, '\0MRM', raw('Minolta')],
  [0, 'FOVb', raw('Sigma')],
  [0, '\x1a\x45\xdf\xa3', video('Matroska or WebM')],
  [8, 'AVI ', video('AVI')],
  [0, '\0\0\x01\xba', video('MPEG')],
  [0, '\0\0\x01\xb3', video('MPEG')],
  [0, 'FLV\x01', video('Flash')],
  [0, 'PK\x03\x04', picture('a ZIP archive', 'Unpack it first.')],
  [0, '\x1f\x8b', picture('gzip', 'Unpack it first.')],
  [0, '7z\xbc\xaf\x27\x1c', picture('a 7z archive', 'Unpack it first.')],
  [0, 'Rar!', picture('a RAR archive', 'Unpack it first.')],
  [0, 'version https://git-lfs', picture('a pointer of Git LFS, not the file it stands for', 'Fetch it with git lfs pull.')],
];

/** Recognizes, by their first bytes, files that people take for images we read. */
export function foreignFormat(bytes: Uint8Array): ForeignFormat | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 512));
  const known = MAGIC.find(([at, magic]) => start.startsWith(magic, at));
  if (known) return known[2];
  if (start.startsWith('ftyp', 4)) return isoFormat(start);
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^<(\?xml|!--|!doctype svg|svg)/i.test(text) && /<svg[\s>]/i.test(text))
    return picture('an SVG, which is drawn and not stored in pixels,', 'Draw it, say with rsvg-convert -o FILE.png FILE.');
  if (/^<(!doctype html|html|head|body)\b/i.test(text))
    return picture('a web page (HTML)', 'The server may have answered with an error in place of the picture: get it again.');
  return undefined;
}

/** What the brand of an ISO container (`ftyp`) other than AVIF stands for. */
function isoFormat(start: string): ForeignFormat | undefined {
  const brands = isoBrands(start);
  const [major = ''] = brands;
  if (brands.some((brand) => HEIC_BRANDS.includes(brand))) return HEIC;
  if (major === 'crx ') return raw('Canon');
  if (['mif1', 'msf1', 'miaf'].includes(major)) return { ...HEIC, name: 'an HEIF' };
  if (major === 'jxl ') return picture('a JPEG XL', 'Convert it with djxl FILE FILE.png.');
  return video(major === 'qt  ' ? 'QuickTime' : 'MP4');
}

/** The brand of an ISO container, a character each byte, and the others that it is compatible with. */
export function isoBrands(start: string): readonly string[] {
  const size = start.charCodeAt(2) * 256 + start.charCodeAt(3);
  return [start.slice(8, 12), ...(start.slice(16, Math.max(16, size)).match(/.{4}/gs) ?? [])];
}
