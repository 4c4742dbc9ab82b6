export default function Person() { return null; }
