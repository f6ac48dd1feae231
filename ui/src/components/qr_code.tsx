import qrcode from "qrcode-generator";

const QUIET = 4; // modules around it that stay empty, as readers want

/** A text for a phone's camera, drawn as one path: no picture is loaded and no style is set. */
export default function QrCode({ text, label }: { text: string; label: string }) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const modules = Array.from({ length: count * count }, (_, index) => [Math.floor(index / count), index % count] as const);
  const path = modules
    .filter(([row, column]) => code.isDark(row, column))
    .map(([row, column]) => `M${column + QUIET} ${row + QUIET}h1v1h-1z`)
    .join("");
  const size = count + 2 * QUIET;
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
