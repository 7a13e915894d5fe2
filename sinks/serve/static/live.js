// One camera's live messages: picture and skeletons of the same frame arrive, are decoded and shown together.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const TOO_MANY = 4429;

export class LiveView {
  // wantsPicture() tells whether pictures are to be decoded; onFrame(head, bitmap or null) shows a frame.
  constructor(cameraId, { wantsPicture, onFrame, onTrouble }) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.address = `${scheme}//${location.host}/api/v1/cameras/${encodeURIComponent(cameraId)}/live`;
    Object.assign(this, { wantsPicture, onFrame, onTrouble });
    this.waitMs = FIRST_WAIT_MS;
    this.wanted = false;
    this.pending = null;
    this.busy = false;
  }

  open() {
    if (this.wanted) return;
    this.wanted = true;
    this.connect();
  }

  close() {
    this.wanted = false;
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = null;
  }

  connect() {
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => {
      this.waitMs = FIRST_WAIT_MS;
      this.onTrouble("");
      this.pending = event.data;
      this.work();
    };
    socket.onclose = (event) => {
      if (!this.wanted || this.socket !== socket) return;
      if (event.code === TOO_MANY) this.onTrouble("Too many views are open: close some");
      this.timer = setTimeout(() => this.connect(), this.waitMs * (0.5 + Math.random()));
      this.waitMs = Math.min(LONGEST_WAIT_MS, this.waitMs * 2);
    };
    this.socket = socket;
  }

  // Decodes the newest message; those that came meanwhile are left out.
  async work() {
    if (this.busy) return;
    this.busy = true;
    while (this.pending) {
      const message = this.pending;
      this.pending = null;
      try {
        await this.handle(message);
      } catch {
        this.onTrouble("A picture could not be shown");
      }
    }
    this.busy = false;
  }

  async handle(message) {
    const length = new DataView(message).getUint32(0);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, length)));
    const jpeg = new Blob([new Uint8Array(message, 4 + length)], { type: "image/jpeg" });
    const bitmap = this.wantsPicture() ? await createImageBitmap(jpeg) : null;
    if (this.wanted) this.onFrame(head, bitmap);
    bitmap?.close();
  }
}
