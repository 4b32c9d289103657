/** Cuts a stream of text into lines of bounded length. Each chunk is looked at once, however long the line is. */
export class LineSplitter {
  private pieces: string[] = [];
  private length = 0;

  /** @param maxLength characters of a line, without its end */
  constructor(private readonly maxLength: number) {}

  /** Returns the lines that `chunk` completes, or undefined if a line is too long: the stream cannot be used further. */
  push(chunk: string): string[] | undefined {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      if (!this.take(chunk.slice(start, end))) return undefined;
      lines.push(this.pieces.join(''));
      this.pieces = [];
      this.length = 0;
      start = end + 1;
    }
    return this.take(chunk.slice(start)) ? lines : undefined;
  }

  private take(piece: string): boolean {
    this.length += piece.length;
    if (piece !== '') this.pieces.push(piece);
    return this.length <= this.maxLength;
  }
}
