const z="_dfa";let w={},ah={},A=Z(),L;function k(){return L!=1&&J()&&(A=!L&&n(z)||A,C(z,A,400),L=1),A}function V(t){A=t,L=2}function ak(){w={},ah={},V(Z())}D.push(()=>{n(z)&&(C(z,"",0),V(Z()))});
