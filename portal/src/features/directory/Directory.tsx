export default function Directory() { return null; }
