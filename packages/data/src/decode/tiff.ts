import { type FileDecoder, type FileDecoderOptions, UnsupportedKindError } from './file-decoder.ts';
import { turnUpright } from './orientation.ts';
import { COMPRESSION, decompress } from './tiff-compression.ts';
import { readTiffDirectory, TAG, type TiffDirectory } from './tiff-directory.ts';
import { composeJpeg } from './tiff-jpeg.ts';
import { undoPredictor } from './tiff-predictor.ts';
import { PHOTOMETRIC, type SampleKind, sampleKind } from './tiff-samples.ts';

/** Where the pieces of the picture, strips or tiles, stand in it and in the file. */
interface Pieces {
  readonly width: number;
  readonly height: number;
  readonly across: number;
  readonly down: number;
  readonly offsets: readonly number[];
  readonly byteCounts: readonly number[];
}

const SEPARATE_PLANES = 2;

/**
 * Decodes the first picture of a TIFF or BigTIFF, turned as its orientation says (which Pillow does for TIFF alone): grey,
 * palette, RGB, CMYK and YCbCr, in strips or tiles.
 */
export const decodeTiff: FileDecoder = async (bytes, { checkSize, decodeWhole }) => {
  const directory = readTiffDirectory(bytes);
  const [width, height] = [directory.number(TAG.width), directory.number(TAG.height)];
  if (width < 1 || height < 1) throw new Error(`a picture of ${width}x${height}`);
  checkSize(width, height);
  const compression = directory.number(TAG.compression, COMPRESSION.none);
  const orientation = directory.number(TAG.orientation, 1);
  // Fax codes are for black and white, where no decoder differs from another.
  if (compression === COMPRESSION.ccitt || compression === COMPRESSION.fax3 || compression === COMPRESSION.fax4)
    return turnUpright(await decodeWhole(bytes), orientation);

  const pieces = readPieces(directory, width, height);
  // A tile may reach beyond the picture, but not take more memory than a picture may.
  checkSize(pieces.width, Math.min(pieces.height, height));
  const piece =
    compression === COMPRESSION.jpeg ? jpegPieces(bytes, directory, pieces, decodeWhole) : samplePieces(bytes, directory, pieces);
  let data: Uint8Array | undefined;
  for (let row = 0; row < pieces.down; row++) {
    for (let column = 0; column < pieces.across; column++) {
      const [left, top] = [column * pieces.width, row * pieces.height];
      const rows = Math.min(pieces.height, height - top);
      const rgb = await piece(row * pieces.across + column, rows);
      data ??= new Uint8Array(width * height * 3); // only now: a few bytes that claim a large picture have no first piece
      const length = Math.min(pieces.width, width - left) * 3;
      for (let y = 0; y < rows; y++) {
        const from = y * pieces.width * 3;
        data.set(rgb.subarray(from, from + length), ((top + y) * width + left) * 3);
      }
    }
  }
  return turnUpright({ width, height, data: data as Uint8Array }, orientation);
};

function readPieces(directory: TiffDirectory, width: number, height: number): Pieces {
  const isTiled = directory.list(TAG.stripOffsets).length === 0;
  const pieceWidth = isTiled ? directory.number(TAG.tileWidth) : width;
  const pieceHeight = isTiled ? directory.number(TAG.tileHeight) : Math.min(directory.number(TAG.rowsPerStrip, height), height);
  if (!(pieceWidth >= 1 && pieceHeight >= 1)) throw new Error(`strips or tiles of ${pieceWidth}x${pieceHeight}`);
  return {
    width: pieceWidth,
    height: pieceHeight,
    across: Math.ceil(width / pieceWidth),
    down: Math.ceil(height / pieceHeight),
    offsets: directory.list(isTiled ? TAG.tileOffsets : TAG.stripOffsets),
    byteCounts: directory.list(isTiled ? TAG.tileByteCounts : TAG.stripByteCounts),
  };
}

function packedPiece(bytes: Uint8Array, { offsets, byteCounts }: Pieces, index: number, isPlain = false): Uint8Array {
  const offset = offsets[index];
  if (offset === undefined || offset >= bytes.length) throw new Error(`strip or tile ${index} is missing`);
  // Uncompressed ones are as long as they must be, whatever the file says.
  const end = isPlain ? bytes.length : offset + (byteCounts[index] ?? bytes.length - offset);
  if (end > bytes.length) throw new Error(`strip or tile ${index} ends behind the file`);
  return bytes.subarray(offset, end);
}

type PieceReader = (index: number, rows: number) => Promise<Uint8Array>;

function samplePieces(bytes: Uint8Array, directory: TiffDirectory, pieces: Pieces): PieceReader {
  const kind = sampleKind(directory);
  const compression = directory.number(TAG.compression, COMPRESSION.none);
  const predictor = compression === COMPRESSION.none || compression === COMPRESSION.packBits ? 1 : directory.number(TAG.predictor, 1);
  const isReversed = directory.number(TAG.fillOrder, 1) === 2;
  const isSeparate = kind.samples > 1 && directory.number(TAG.planar, 1) === SEPARATE_PLANES;
  const [planes, step] = isSeparate ? [kind.samples, 1] : [1, kind.samples];
  const rowBytes = Math.ceil((pieces.width * step * kind.bits) / 8);
  const layout = { bits: kind.bits, step, isLittleEndian: directory.isLittleEndian };

  const readPlane = async (index: number, rows: number) => {
    let packed = packedPiece(bytes, pieces, index, compression === COMPRESSION.none);
    if (isReversed) packed = packed.map(reverseBits);
    const plane = await decompress(compression, packed, rowBytes * rows);
    undoPredictor(predictor, plane, rowBytes, layout);
    return plane;
  };
  return async (index, rows) => {
    const all: Uint8Array[] = [];
    for (let plane = 0; plane < planes; plane++) all.push(await readPlane(plane * pieces.across * pieces.down + index, rows));
    return kind.toRgb(all.length === 1 ? (all[0] as Uint8Array) : interleaved(all, kind), pieces.width);
  };
}

/** Puts the samples of a pixel beside each other that came in planes of their own. */
function interleaved(planes: readonly Uint8Array[], { bits }: SampleKind): Uint8Array {
  const size = bits / 8;
  const length = (planes[0] as Uint8Array).length;
  const out = new Uint8Array(length * planes.length);
  planes.forEach((plane, p) => {
    for (let from = 0; from < length; from++)
      out[(Math.floor(from / size) * planes.length + p) * size + (from % size)] = plane[from] as number;
  });
  return out;
}

function reverseBits(byte: number): number {
  let out = 0;
  for (let bit = 0; bit < 8; bit++) out |= ((byte >> bit) & 1) << (7 - bit);
  return out;
}

function jpegPieces(
  bytes: Uint8Array,
  directory: TiffDirectory,
  pieces: Pieces,
  decodeWhole: FileDecoderOptions['decodeWhole'],
): PieceReader {
  const photometric = directory.number(TAG.photometric, PHOTOMETRIC.whiteIsZero);
  const isSeparate = directory.number(TAG.samples, 1) > 1 && directory.number(TAG.planar, 1) === SEPARATE_PLANES;
  if (isSeparate) throw new UnsupportedKindError('a TIFF of JPEGs with a plane for each colour');
  const known: readonly number[] = [PHOTOMETRIC.blackIsZero, PHOTOMETRIC.rgb, PHOTOMETRIC.cmyk, PHOTOMETRIC.ycbcr];
  if (!known.includes(photometric)) throw new UnsupportedKindError(`a TIFF of JPEGs with colour space ${photometric}`);
  const colours = photometric === PHOTOMETRIC.blackIsZero ? 1 : photometric === PHOTOMETRIC.cmyk ? 4 : 3;
  // Four samples would be taken for ink.
  if (directory.number(TAG.samples, 1) !== colours) throw new UnsupportedKindError('a TIFF of JPEGs with alpha beside the colours');
  const transform = photometric === PHOTOMETRIC.ycbcr ? 1 : photometric === PHOTOMETRIC.rgb ? 0 : undefined;
  const tables = directory.list(TAG.jpegTables);
  return async (index, rows) => {
    const image = await decodeWhole(composeJpeg(tables, packedPiece(bytes, pieces, index), transform), photometric === PHOTOMETRIC.cmyk);
    if (image.width !== pieces.width || image.height < rows)
      throw new Error(`strip or tile ${index} is a JPEG of ${image.width}x${image.height} instead of ${pieces.width}x${rows}`);
    return image.data as Uint8Array;
  };
}
