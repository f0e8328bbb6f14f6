{const t="_dfa";var o={},p={};let a=s(),n;var f=()=>(n!=1&&j()&&(a=!n&&E(t)||a,q(t,a,400),n=1),a),v=e=>{a=e,n=2},r=()=>{o={},p={},v(s()),f()};X.push(()=>{E(t)&&(q(t,"",0),v(s()))})}
