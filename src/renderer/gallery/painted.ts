/** A moving picture painted on a canvas, in place of a camera. `hue` in degrees. */
export function paintedStream(hue: number): MediaStream {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [1280, 720];
  const pen = canvas.getContext('2d');
  const paint = () => {
    if (pen === null) return;
    const sky = pen.createLinearGradient(0, 0, 0, canvas.height);
    sky.addColorStop(0, `hsl(${hue} 38% 62%)`);
    sky.addColorStop(1, `hsl(${hue + 30} 45% 40%)`);
    pen.fillStyle = sky;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    const sway = 6 * Math.sin(performance.now() / 700);
    pen.fillStyle = `hsl(${hue + 18} 30% 24%)`;
    pen.beginPath();
    pen.ellipse(640 + sway, 760, 330, 260, 0, 0, 7);
    pen.fill();
    pen.fillStyle = 'hsl(26 42% 66%)';
    pen.beginPath();
    pen.ellipse(640 + sway, 360, 125, 158, 0, 0, 7);
    pen.fill();
    pen.fillStyle = 'hsl(20 30% 22%)';
    pen.beginPath();
    pen.ellipse(640 + sway, 270, 150, 112, 0, Math.PI, 0);
    pen.fill();
  };
  paint();
  setInterval(paint, 50);
  return canvas.captureStream(20);
}
