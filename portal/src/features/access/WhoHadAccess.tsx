export default function WhoHadAccess() { return null; }
