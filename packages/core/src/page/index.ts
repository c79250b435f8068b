export { filled, htmlTable, style } from './html.ts';
export { type StageBar, stageChart } from './stage-chart.ts';
export { drawing, escaped, figure, LEFT, label, RIGHT, scaleLines, tag, ticks, WIDTH } from './svg.ts';
export { type Vram, vramChart } from './vram-chart.ts';
