const points = 120;

/** One line of the table: name, price, change, and a small curve of what came before. */
export class Row {
  #prices = [];
  #cells;
  #curve;

  constructor(name, table, index) {
    const line = table.insertRow(index);
    this.#cells = [line.insertCell(), line.insertCell(), line.insertCell()];
    this.#cells[0].textContent = name;
    this.#curve = document.createElement('canvas');
    this.#curve.width = 240;
    this.#curve.height = 28;
    this.#curve.setAttribute('aria-hidden', 'true');
    line.insertCell().append(this.#curve);
  }

  show({ price, change }) {
    this.#prices.push(price);
    if (this.#prices.length > points) this.#prices.shift();
    this.#cells[1].textContent = price.toFixed(2);
    this.#cells[2].textContent = `${change > 0 ? '+' : ''}${change.toFixed(2)}`;
    this.#cells[2].className = change > 0 ? 'up' : change < 0 ? 'down' : '';
    this.#draw();
  }

  #draw() {
    const { width, height } = this.#curve;
    const context = this.#curve.getContext('2d');
    const low = Math.min(...this.#prices);
    const span = Math.max(...this.#prices) - low || 1;
    context.clearRect(0, 0, width, height);
    context.beginPath();
    this.#prices.forEach((price, index) => {
      context.lineTo((index / (points - 1)) * width, height - 2 - ((price - low) / span) * (height - 4));
    });
    context.strokeStyle = getComputedStyle(this.#curve).color;
    context.stroke();
  }
}
