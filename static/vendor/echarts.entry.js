// What static/components/charts.js draws with: lines and bands, as SVG.
export { init } from "echarts/core";
import { use } from "echarts/core";
import { LineChart, SankeyChart } from "echarts/charts";
import { AriaComponent, GridComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";

use([
  LineChart, SankeyChart, AriaComponent, GridComponent, TitleComponent, TooltipComponent, LabelLayout,
  SVGRenderer,
]);
